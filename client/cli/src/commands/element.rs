//! `mulu element`.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    table::fields_in,
    words::{self, OrNone, name_of, optional},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{
    elements::{
        ELEMENT_NAME_BYTES_MAX, ELEMENT_PUBLISHED_BYTES_MAX, ELEMENT_REASON_BYTES_MAX, ElementCode, ElementStandard,
    },
    ids::DepartmentId,
    text::Text,
};
use mulu_rpc_api::elements::{Element as Shown, ElementFilter, ElementRef, ElementsClient};
use mulu_verifier::words::Speech;

/// Data elements: one datum has one source (art. 19).
#[derive(Debug, Subcommand)]
pub enum Element {
    /// Register a data element with its published standard; signed by a supervisor of a competent authority
    Register {
        /// Code, as the standard has it: letters, digits, -, . and _, at most 64 bytes
        #[arg(long, value_parser = |code: &str| ElementCode::new(code))]
        code: ElementCode,
        /// Name, at most 128 bytes
        #[arg(long, value_parser = short)]
        name: Text<ELEMENT_NAME_BYTES_MAX>,
        /// Number and title of the standard, at most 128 bytes
        #[arg(long, value_parser = short)]
        standard: Text<ELEMENT_NAME_BYTES_MAX>,
        /// Where the standard was published, at most 256 bytes
        #[arg(long, value_parser = |text: &str| Text::<ELEMENT_PUBLISHED_BYTES_MAX>::new(text))]
        published: Text<ELEMENT_PUBLISHED_BYTES_MAX>,
    },
    /// Give an element another name or standard; signed by a supervisor of the authority that looks after it
    Revise(Revise),
    /// Name the authoritative department of an element (art. 19), or none; signed as a revision is
    Source {
        /// Id or code of the element
        #[arg(value_parser = words::element)]
        element: ElementRef,
        /// Id of the department, or none
        #[arg(long, value_parser = words::or_none::<DepartmentId>)]
        department: OrNone<DepartmentId>,
        /// What the naming rests on, at most 256 bytes
        #[arg(long, value_parser = |basis: &str| Text::<ELEMENT_REASON_BYTES_MAX>::new(basis))]
        basis: Text<ELEMENT_REASON_BYTES_MAX>,
    },
    /// One element
    Show {
        /// Id or code of the element
        #[arg(value_parser = words::element)]
        element: ElementRef,
    },
    /// Elements by id
    List {
        /// Of which this department is the authoritative one
        #[arg(long, value_parser = words::id::<DepartmentId>)]
        source: Option<DepartmentId>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// An element and what of it is revised.
#[derive(Clone, Debug, Args)]
pub struct Revise {
    /// Id or code of the element
    #[arg(value_parser = words::element)]
    element: ElementRef,
    /// What changes
    #[command(flatten)]
    changes: Changes,
}

/// What is revised; the rest stays as it is, the code for good.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = true)]
pub struct Changes {
    /// Name, at most 128 bytes
    #[arg(long, value_parser = short)]
    name: Option<Text<ELEMENT_NAME_BYTES_MAX>>,
    /// Number and title of the standard, at most 128 bytes
    #[arg(long, value_parser = short)]
    standard: Option<Text<ELEMENT_NAME_BYTES_MAX>>,
    /// Where the standard was published, at most 256 bytes
    #[arg(long, value_parser = |text: &str| Text::<ELEMENT_PUBLISHED_BYTES_MAX>::new(text))]
    published: Option<Text<ELEMENT_PUBLISHED_BYTES_MAX>>,
}

fn short(text: &str) -> Result<Text<ELEMENT_NAME_BYTES_MAX>, String> {
    Text::new(text).map_err(|error| error.to_string())
}

impl Element {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let session = Session::open(global).await?;
        let speech = session.output.speech;
        match self {
            Self::Register { code, name, standard, published } => {
                let standard = ElementStandard { name, standard, published };
                session.act(Call::register_element(&code, &standard)).await
            }
            Self::Revise(Revise { element, changes }) => {
                let found = find(&session, element).await?;
                session.act(Call::revise_element(found.id, &changes.of(found.standard))).await
            }
            Self::Source { element, department, basis } => {
                let found = find(&session, element).await?;
                session.act(Call::name_source(found.id, department.into(), &basis)).await
            }
            Self::Show { element } => {
                session.output.print(&find(&session, element).await?, |element| text(element, speech))
            }
            Self::List { source, paging } => {
                let filter = ElementFilter { source };
                let ask = async |cursor, limit| session.connection.elements(Some(filter), cursor, limit).await;
                paging.show(session.output, &["id", "code", "name", "standard", "source department"], ask, row).await
            }
        }
    }
}

impl Changes {
    /// The act says the whole again: what is in force, with what was named in its place.
    fn of(self, now: ElementStandard) -> ElementStandard {
        ElementStandard {
            name: self.name.unwrap_or(now.name),
            standard: self.standard.unwrap_or(now.standard),
            published: self.published.unwrap_or(now.published),
        }
    }
}

async fn find(session: &Session, element: ElementRef) -> anyhow::Result<Shown> {
    let found = session.connection.element(element).await.map_err(ClientError::from)?;
    found.context("there is no such element")
}

fn row(element: &Shown) -> Vec<String> {
    let Shown { id, code, standard, source, .. } = element;
    vec![id.to_string(), code.to_string(), standard.name.to_string(), standard.standard.to_string(), optional(*source)]
}

fn text(element: &Shown, speech: Speech) -> String {
    let (level, region) = &element.seat;
    let record = |number| speech.tell("record {}", &[number]);
    let source = element.source.map(|department| speech.tell("department {}", &[&department]));
    fields_in(
        speech,
        &[
            ("element", format!("{} {}", element.id, element.standard.name)),
            ("code", element.code.to_string()),
            ("standard", element.standard.standard.to_string()),
            ("published in", element.standard.published.to_string()),
            ("level", speech.say(&name_of(level))),
            ("region", format!("{region:06}")),
            ("source department", source.unwrap_or_default()),
            ("registered by", record(&element.registered)),
            ("revised by", element.revised.as_ref().map_or_else(String::new, |number| record(number))),
            ("named by", element.named.as_ref().map_or_else(String::new, |number| record(number))),
        ],
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        revise: Revise,
    }

    #[test]
    fn a_revision_says_again_what_it_does_not_change() {
        let text = |text: &str| short(text).unwrap();
        let published = Text::new("国家标准公告").unwrap();
        let now = ElementStandard { name: text("信用代码"), standard: text("GB 32100"), published };
        let revised = |words: &[&str]| {
            let typed = Typed::try_parse_from([&["revise", "DE00011"], words].concat());
            typed.map(|typed| typed.revise.changes.of(now.clone()))
        };
        let renamed = ElementStandard { name: text("统一社会信用代码"), ..now.clone() };
        assert_eq!(revised(&["--name", "统一社会信用代码"]).unwrap(), renamed);
        let moved = ElementStandard { standard: text("GB 32100-2015"), ..now.clone() };
        assert_eq!(revised(&["--standard", "GB 32100-2015"]).unwrap(), moved);
        assert!(revised(&[]).is_err(), "a revision that changes nothing");
    }
}
