//! The few elements of an X-Road answer that are read, by their local names.
//!
//! The envelope comes from the department's own security server and has a fixed form (PR-OPMON, PR-MESS). What XML could do beyond it, as
//! document types and entities of their own, is refused.

/// Longest envelope.
pub const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;

/// The text of the first element with that local name, whatever its prefix.
///
/// # Errors
/// If this is no XML of that form.
pub fn text_of(xml: &str, name: &str) -> Result<Option<String>, String> {
    let mut rest = xml;
    // Text since the element began, and how many elements are open within it.
    let mut found: Option<(String, usize)> = None;
    while let Some(start) = rest.find('<') {
        if let Some((text, _)) = &mut found {
            text.push_str(&unescaped(&rest[..start])?);
        }
        rest = &rest[start..];
        if let Some(behind) = rest.strip_prefix("<!--") {
            rest = &behind[behind.find("-->").ok_or("a comment has no end")? + 3..];
        } else if let Some(behind) = rest.strip_prefix("<![CDATA[") {
            let end = behind.find("]]>").ok_or("a CDATA section has no end")?;
            if let Some((text, _)) = &mut found {
                text.push_str(&behind[..end]);
            }
            rest = &behind[end + 3..];
        } else if rest.starts_with("<!") {
            return Err("a document type is not read".to_owned());
        } else {
            let end = tag_end(rest).ok_or("a tag has no end")?;
            let (tag, behind) = (&rest[1..end], &rest[end + 1..]);
            rest = behind;
            let is_empty = tag.ends_with('/');
            match (&mut found, tag.strip_prefix('/')) {
                _ if tag.starts_with('?') => {}
                (Some((text, 0)), Some(_)) => return Ok(Some(text.trim().to_owned())),
                (Some((_, depth)), Some(_)) => *depth -= 1,
                (Some((_, depth)), None) if !is_empty => *depth += 1,
                (None, None) if local_name(tag) == name => {
                    if is_empty {
                        return Ok(Some(String::new()));
                    }
                    found = Some((String::new(), 0));
                }
                _ => {}
            }
        }
    }
    if found.is_some() { Err(format!("the element {name} has no end")) } else { Ok(None) }
}

/// Where a tag ends: not within the value of an attribute.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in tag.bytes().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None if byte == b'>' => return Some(place),
            None => {}
        }
    }
    None
}

fn local_name(tag: &str) -> &str {
    let name = tag.trim_end_matches('/').split(|sign: char| sign.is_ascii_whitespace()).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, behind) = part.split_once(';').ok_or("an entity has no end")?;
        let sign = match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            other => numbered(other).ok_or("an entity is none of XML's own")?,
        };
        whole.push(sign);
        whole.push_str(behind);
    }
    Ok(whole)
}

fn numbered(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let number = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    char::from_u32(number.ok()?)
}

/// A text as an element holds it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn of(xml: &str) -> Option<String> {
        text_of(xml, "next").unwrap()
    }

    #[test]
    fn an_element_is_found_by_its_local_name() {
        for xml in [
            "<a><om:next>17</om:next></a>",
            "<?xml version=\"1.0\"?><a><!-- <next>1</next> --><next xmlns:x='a>b'>\n 17\n</next></a>",
            "<a><nextOne>3</nextOne><next><![CDATA[17]]></next><next>18</next></a>",
            "<a b=\"<next>3</next>\"><next>1&#55;</next></a>",
        ] {
            assert_eq!(of(xml).as_deref(), Some("17"), "{xml}");
        }
        assert_eq!(of("<a><next/></a>").as_deref(), Some(""));
        assert_eq!(of("<a></a>"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn text_around_elements_within_is_all_of_it() {
        assert_eq!(of("<next>a<b>c<d/></b>e</next>").as_deref(), Some("ace"));
    }

    #[test]
    fn entities_are_those_of_xml() {
        assert_eq!(of("<next>&lt;&amp;&gt;&quot;&apos;&#x4e2d;</next>").as_deref(), Some("<&>\"'中"));
        for xml in ["<next>&file;</next>", "<next>&amp</next>", "<next>&#xD800;</next>"] {
            assert!(text_of(xml, "next").is_err(), "{xml}");
        }
    }

    #[test]
    fn what_breaks_off_or_brings_a_document_type_is_refused() {
        for xml in ["<next>1", "<!DOCTYPE a [<!ENTITY x 'y'>]><next>1</next>", "<a><next", "<!-- ", "<![CDATA[ "] {
            assert!(text_of(xml, "next").is_err(), "{xml}");
        }
    }

    #[test]
    fn what_is_escaped_is_read_as_it_was() {
        let text = "a<b>&\"c";
        assert_eq!(of(&format!("<next>{}</next>", escaped(text))).as_deref(), Some(text));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([<>/a&;!\\-\\[\\]?\"' 中]|<next>|</next>|<!--|-->|&amp;){0,60}") {
            let read = text_of(&text, "next");
            proptest::prop_assert!(read.is_err() || text.contains("<next>") || read == Ok(None));
        }
    }
}
