//! What taking records into the spool costs: `cargo run -p mulu-bridge --example spool -- [RECORDS] [RECORDS A DELIVERY] [SENDERS]`.
//!
//! Lines as a gateway writes them are parsed, mapped, sealed and made durable; processor time counts all threads, and the file is measured
//! after it is copied without free pages, as a backup is.

use mulu_bridge::{
    intake::Delivery,
    metrics::Metrics,
    spool::{Spool, SpoolConfig},
    stop::Stop,
};
use mulu_client::vault::Vault;
use mulu_mapping::Mapping;
use mulu_proofs::ids::StreamId;
use std::{error::Error, fmt::Write, fs, path::Path, sync::Arc, time::Instant};

const STREAM: StreamId = StreamId::new(1);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (records, delivery, senders) = (number(500_000)?, number(1_000)?, number(4)?);
    let folder = std::env::temp_dir().join(format!("mulu-spool-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let measured = measure(&folder, records, delivery, senders).await;
    fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path, records: usize, delivery: usize, senders: usize) -> Result<(), Box<dyn Error>> {
    let vault = Arc::new(Vault::open(&folder.join("vault"), &[9; 32])?);
    let spool = Spool::start(Arc::clone(&vault), &SpoolConfig::default(), Metrics::default(), Stop::new())?;
    let (begun, processor) = (Instant::now(), processor_seconds()?);
    let mut tasks = Vec::new();
    for sender in 0..senders {
        let intake = spool.intake("gateway", STREAM, Mapping::preset("nginx")?);
        tasks.push(tokio::spawn(async move {
            let mut at = sender * records / senders;
            let end = (sender + 1) * records / senders;
            while at < end {
                let until = (at + delivery).min(end);
                let lines = (at..until).map(|number| intake.mapping().record(line(number).into_bytes()));
                let taken = intake.accept(Delivery { records: lines.collect(), position: None }).await;
                let taken = taken.expect("there is room");
                assert_eq!(taken.accepted, (until - at) as u64, "{:?}", taken.quarantined.first());
                at = until;
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    let (wall, processor) = (begun.elapsed().as_secs_f64(), processor_seconds()? - processor);
    let each = |seconds: f64| seconds * 1e6 / records as f64;
    println!("{records} records, {delivery} a delivery, {senders} senders");
    println!(
        "{:.0} records/s durable; {:.1} µs a record, {:.1} µs of processor",
        records as f64 / wall,
        each(wall),
        each(processor)
    );
    println!("{:.0} records/s and core", records as f64 / processor);
    vault.backup(&folder.join("copy"))?;
    let bytes = |name: &str| fs::metadata(folder.join(name)).map(|file| file.len() as f64 / records as f64);
    println!("{:.0} bytes a record in the file, {:.0} in a copy", bytes("vault")?, bytes("copy")?);
    Ok(())
}

/// A line of nginx in the format of docs/integration/nginx.md, about 420 bytes.
fn line(number: usize) -> String {
    let mut line = String::with_capacity(512);
    write!(
        line,
        r#"{{"time":"2026-11-28T01:{:02}:{:02}.{:03}+08:00","request_id":"{:032x}","client":"10.{}.{}.{}","user":"clerk{}","#,
        number / 60_000 % 60,
        number / 1_000 % 60,
        number % 1_000,
        (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        number % 251,
        number % 241,
        number % 239,
        number % 4_000
    )
    .expect("a String takes everything");
    write!(
        line,
        r#""subject":"CN=platform-{},O=a department","method":"GET","uri":"/api/persons/{}","args":"page={}&rows=50","status":200,"bytes":{},"rt":0.0{},"upstream":"10.0.0.7:8080","approval":""}}"#,
        number % 17,
        number % 100_000,
        number % 97,
        number % 65_536,
        10 + number % 90
    )
    .expect("a String takes everything");
    line
}

/// Processor time of this process, over all threads.
fn processor_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / 100.0)
}
