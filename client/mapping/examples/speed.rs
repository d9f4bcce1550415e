//! What it costs to read and to map one record of each preset, on one core.

use mulu_client::event::CallIds;
use mulu_mapping::Mapping;
use std::{hint::black_box, time::Instant};

const RECORDS: u32 = 100_000;

const SAMPLES: &[(&str, &str)] = &[
    (
        "nginx",
        r#"{"time":"2026-11-27T10:00:00+08:00","request_id":"7d1f0a6c1b7d4f0f9f5be0c2a7d1f0a6","client":"192.0.2.7","user":"","subject":"CN=civil-affairs,O=Linan","method":"GET","uri":"/population/1","args":"a=1","status":200,"bytes":512,"rt":0.034,"upstream":"10.0.0.2:80","approval":"3"}"#,
    ),
    (
        "combined",
        r#"203.0.113.9 - alice [17/May/2015:10:05:03 +0000] "GET /projects/x HTTP/1.1" 404 203023 "-" "curl/8""#,
    ),
    (
        "event",
        r#"{"grant":3,"items":[0],"using_system":2,"time":1785542400000,"rows":12,"request_id":"r-77","sealed":{"user":"u-9"}}"#,
    ),
];

fn main() {
    let call_ids = CallIds::new([1; 32]);
    for (name, line) in SAMPLES {
        let mapping = Mapping::preset(name).expect("it is there");
        let begin = Instant::now();
        for _ in 0..RECORDS {
            black_box(mapping.record(line.as_bytes().to_vec()).expect("it reads"));
        }
        let read = begin.elapsed() / RECORDS;
        let record = mapping.record(line.as_bytes().to_vec()).expect("it reads");
        let begin = Instant::now();
        for _ in 0..RECORDS {
            black_box(mapping.draft(&record, &call_ids).expect("it is an event"));
        }
        println!("{name}: read {read:?}, mapped {:?}", begin.elapsed() / RECORDS);
    }
}
