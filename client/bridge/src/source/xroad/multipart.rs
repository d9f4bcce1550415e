//! Parts of a `multipart/related` answer.

/// Most parts that are looked at.
const PARTS_MAX: usize = 16;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// Its bytes.
    pub body: &'a [u8],
}

impl Part<'_> {
    /// The value of a header, without blanks around it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The boundary that a content type names, if it is one of several parts.
pub fn boundary(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';');
    let kind = parameters.next()?.trim();
    if !kind.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        (name.trim().eq_ignore_ascii_case("boundary")).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts between the boundaries.
///
/// # Errors
/// If the last boundary is missing, as it is where an answer breaks off, or there are more parts than any answer has.
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, String> {
    let mark = format!("--{boundary}").into_bytes();
    let mut rest = match find(body, &mark) {
        // What stands before the first boundary is for people.
        Some(place) => &body[place + mark.len()..],
        None => return Err("the answer has no part".to_owned()),
    };
    let between = [b"\r\n", &mark[..]].concat();
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        if parts.len() >= PARTS_MAX {
            return Err(format!("the answer has more than {PARTS_MAX} parts"));
        }
        let end = find(rest, &between).ok_or("the answer breaks off")?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + between.len()..];
    }
}

fn part(bytes: &[u8]) -> Result<Part<'_>, String> {
    let bytes = bytes.strip_prefix(b"\r\n").ok_or("a boundary does not end its line")?;
    if let Some(body) = bytes.strip_prefix(b"\r\n") {
        return Ok(Part { headers: Vec::new(), body });
    }
    let end = find(bytes, b"\r\n\r\n").ok_or("a part has no headers")?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "headers of a part are no text")?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    Ok(Part { headers: text.split("\r\n").filter_map(header).collect(), body: &bytes[end + 4..] })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    const ANSWER: &[u8] =
        b"\r\n--xyz\r\ncontent-type:text/xml\r\n\r\n<a/>\r\n--xyz\r\ncontent-type:application/gzip\r\n\
        Content-ID: <data.json.gz>\r\n\r\n\x1f\x8b\r\n--xy\r\n\xff\r\n--xyz--\r\n";

    #[test]
    fn parts_are_cut_at_their_boundary_and_nowhere_else() {
        let parts = parts(ANSWER, "xyz").unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].header("content-type"), parts[0].body), (Some("text/xml"), &b"<a/>"[..]));
        assert_eq!(parts[1].header("content-id"), Some("<data.json.gz>"));
        assert_eq!(parts[1].body, b"\x1f\x8b\r\n--xy\r\n\xff");
    }

    #[test]
    fn an_answer_that_breaks_off_is_refused_wherever_it_does() {
        for length in 0..ANSWER.len() - 4 {
            assert!(parts(&ANSWER[..length], "xyz").is_err(), "{length}");
        }
    }

    #[test]
    fn a_part_without_headers_is_one() {
        assert_eq!(parts(b"--a\r\n\r\nbody\r\n--a--", "a").unwrap()[0].body, b"body");
        assert!(parts(b"--a\r\nx: y\r\n--a--", "a").is_err());
        assert!(
            parts(&[&b"--a\r\n\r\n"[..], &b"\r\n--a\r\n\r\n".repeat(PARTS_MAX), b"\r\n--a--"].concat(), "a").is_err()
        );
    }

    #[test]
    fn the_boundary_stands_in_the_content_type() {
        let of = |text| boundary(text);
        assert_eq!(
            of("multipart/related; type=\"text/xml\"; charset=UTF-8; boundary=xroadfng"),
            Some("xroadfng".to_owned())
        );
        assert_eq!(of("Multipart/Related;Boundary=\"a b\""), Some("a b".to_owned()));
        assert_eq!(of("text/xml; boundary=a"), None);
        assert_eq!(of("multipart/related"), None);
    }

    proptest::proptest! {
        #[test]
        fn parts_are_read_back_whatever_bytes_they_have(bodies in proptest::collection::vec(proptest::collection::vec(0_u8.., 0..40), 1..5)) {
            let mut answer = Vec::new();
            for body in &bodies {
                answer.extend([&b"--Q0q\r\na: b\r\n\r\n"[..], body, b"\r\n"].concat());
            }
            answer.extend(b"--Q0q--");
            let read = parts(&answer, "Q0q").unwrap();
            proptest::prop_assert_eq!(read.iter().map(|part| part.body.to_vec()).collect::<Vec<_>>(), bodies);
        }

        #[test]
        fn any_bytes_are_read_or_refused(answer in "(--Q|--|\r\n|a: b|Q){0,30}") {
            let _ = parts(answer.as_bytes(), "Q");
        }
    }
}
