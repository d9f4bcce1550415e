//! The question to a security server: `getSecurityServerOperationalData` of PR-OPMON, as a message of PR-MESS 4.0.

use super::xml::escaped;

const SERVICE: &str = "getSecurityServerOperationalData";

/// A member or subsystem of X-Road: `INSTANCE/CLASS/MEMBER` or `INSTANCE/CLASS/MEMBER/SUBSYSTEM`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    instance: String,
    class: String,
    member: String,
    subsystem: Option<String>,
}

/// A security server: `INSTANCE/CLASS/MEMBER/SERVER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    instance: String,
    class: String,
    member: String,
    code: String,
}

impl Client {
    /// Reads its name.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        match parts(text)[..] {
            [instance, class, member] => {
                Ok(Self { instance: instance.into(), class: class.into(), member: member.into(), subsystem: None })
            }
            [instance, class, member, subsystem] => Ok(Self {
                instance: instance.into(),
                class: class.into(),
                member: member.into(),
                subsystem: Some(subsystem.into()),
            }),
            _ => Err("xroad.client takes INSTANCE/CLASS/MEMBER or INSTANCE/CLASS/MEMBER/SUBSYSTEM".to_owned()),
        }
    }
}

impl Server {
    /// Reads its name.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self, String> {
        match parts(text)[..] {
            [instance, class, member, code] => {
                Ok(Self { instance: instance.into(), class: class.into(), member: member.into(), code: code.into() })
            }
            _ => Err("xroad.server takes INSTANCE/CLASS/MEMBER/SERVER".to_owned()),
        }
    }
}

/// The parts of a name; none if one of them is empty.
fn parts(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = text.split('/').collect();
    if parts.contains(&"") { Vec::new() } else { parts }
}

/// The envelope that asks for the records of some seconds, both included.
pub fn envelope(client: &Client, server: &Server, id: &str, from: u64, to: u64) -> String {
    let element = |name: &str, text: &str| format!("<id:{name}>{}</id:{name}>", escaped(text));
    let member = |instance: &str, class: &str, member: &str| {
        element("xRoadInstance", instance) + &element("memberClass", class) + &element("memberCode", member)
    };
    let (kind, subsystem) = match &client.subsystem {
        Some(subsystem) => ("SUBSYSTEM", element("subsystemCode", subsystem)),
        None => ("MEMBER", String::new()),
    };
    let asks = member(&client.instance, &client.class, &client.member) + &subsystem;
    let owner = member(&server.instance, &server.class, &server.member);
    let (service, code, id) = (element("serviceCode", SERVICE), element("serverCode", &server.code), escaped(id));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xroad=\"http://x-road.eu/xsd/xroad.xsd\" \
         xmlns:om=\"http://x-road.eu/xsd/op-monitoring.xsd\" xmlns:id=\"http://x-road.eu/xsd/identifiers\"><SOAP-ENV:Header>\
         <xroad:client id:objectType=\"{kind}\">{asks}</xroad:client>\
         <xroad:service id:objectType=\"SERVICE\">{owner}{service}</xroad:service>\
         <xroad:securityServer id:objectType=\"SERVER\">{owner}{code}</xroad:securityServer>\
         <xroad:id>{id}</xroad:id><xroad:protocolVersion>4.0</xroad:protocolVersion></SOAP-ENV:Header><SOAP-ENV:Body>\
         <om:{SERVICE}><om:searchCriteria><om:recordsFrom>{from}</om:recordsFrom><om:recordsTo>{to}</om:recordsTo>\
         </om:searchCriteria></om:{SERVICE}></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::{super::xml::text_of, *};

    #[test]
    fn the_envelope_says_who_asks_whom_for_what() {
        let (client, server) = (Client::parse("EE/GOV/1/Sys & Co").unwrap(), Server::parse("EE/GOV/2/ss1").unwrap());
        let xml = envelope(&client, &server, "q-1", 5, 9);
        let of = |name| text_of(&xml, name).unwrap().unwrap();
        assert_eq!(of("client"), "EEGOV1Sys & Co");
        assert_eq!(of("service"), "EEGOV2getSecurityServerOperationalData");
        assert_eq!(of("securityServer"), "EEGOV2ss1");
        assert_eq!((of("id"), of("protocolVersion")), ("q-1".to_owned(), "4.0".to_owned()));
        assert_eq!((of("recordsFrom"), of("recordsTo")), ("5".to_owned(), "9".to_owned()));
        assert!(xml.contains("objectType=\"SUBSYSTEM\""));
        let member = envelope(&Client::parse("EE/GOV/1").unwrap(), &server, "q-1", 5, 9);
        assert!(member.contains("objectType=\"MEMBER\"") && !member.contains("subsystemCode"));
    }

    #[test]
    fn names_of_another_form_are_refused() {
        for text in ["", "EE", "EE/GOV", "EE//1", "EE/GOV/1/a/b"] {
            assert!(Client::parse(text).unwrap_err().contains("xroad.client"), "{text}");
        }
        assert!(Server::parse("EE/GOV/1").unwrap_err().contains("xroad.server"));
    }
}
