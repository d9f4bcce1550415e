//! Codes of every enum, bits of every set.

use super::Frozen;
use codec::Encode;
use mulu_proofs::{
    access::{Findings, Outcome, RunKey, SealedField, Series, Side},
    budget::BudgetClass,
    calendar::DeadlineKind,
    catalog::{
        ChangeKind, DataGrade, DataKind, DataType, EntryStatus, FormatClass, List, MatterKind, Method, Methods,
        ResourceClass, Secrecy, SharingClass, UpdateCycle,
    },
    departments::{DepartmentStatus, Level, Role, RoleScope, SystemKind},
    elements::WithdrawalCause,
    governance::{Closed, Majority},
    grants::{GrantState, UseKind},
    ids::{
        DeadlineId, DepartmentId, DisputeId, ElementId, EntryId, GrantId, ProposalId, RequestId, StreamId, SystemId,
        Version,
    },
    records::{RecordKind, Subject},
    sharing::Threshold,
    text::Text,
};

/// Adds the encodings of the variants, one after the other. The match makes a forgotten variant a compile error.
macro_rules! codes {
    ($frozen:ident, $name:literal, $kind:ident { $($variant:ident),* $(,)? }) => {{
        let complete = |value: $kind| match value { $($kind::$variant => (),)* };
        let all = [$($kind::$variant),*];
        all.into_iter().for_each(complete);
        let rows: Vec<String> = all.iter().map(|value| format!("{value:?} {}", hex::encode(value.encode()))).collect();
        $frozen.add_text($name, rows.join(", "));
    }};
}

pub fn add(frozen: &mut Frozen) {
    frozen.section("enum codes");
    codes!(frozen, "level", Level { National, Province, City, County });
    codes!(
        frozen,
        "role",
        Role {
            Admin,
            Cataloguer,
            Head,
            Officer,
            Approver,
            Applicant,
            Platform,
            Operator,
            Reviewer,
            Supervisor,
            Auditor
        }
    );
    codes!(frozen, "department status", DepartmentStatus { Active, Suspended, Retired });
    let scopes = [
        RoleScope::Everything,
        RoleScope::Entries(List::try_from(vec![EntryId::new(1)]).unwrap()),
        RoleScope::Departments(List::try_from(vec![DepartmentId::new(2)]).unwrap()),
    ];
    frozen.add("role scopes", scopes.encode());
    codes!(frozen, "system kind", SystemKind { Business, Platform, Source });
    codes!(frozen, "resource class", ResourceClass { Base, Theme, Department });
    codes!(frozen, "data kind", DataKind { Metadata, Reference, Object, Transaction, Report, Other });
    codes!(
        frozen,
        "matter kind",
        MatterKind { Licence, Penalty, Coercion, Levy, Payment, Inspection, Confirmation, Reward, Ruling, Other }
    );
    codes!(frozen, "entry status", EntryStatus { Published, Suspended, Withdrawn });
    codes!(
        frozen,
        "kind of change",
        ChangeKind {
            RevisedSame,
            ItemAdded,
            ItemLaxer,
            ItemStricter,
            ItemRemoved,
            MethodRemoved,
            Suspended,
            Resumed,
            Withdrawn,
            ItemChanged,
            ItemWorse,
            ServiceChanged,
            ServiceWorse
        }
    );
    codes!(frozen, "data grade", DataGrade { General, Important, Core });
    codes!(frozen, "secrecy", Secrecy { None, WorkSecret, StateSecret });
    codes!(
        frozen,
        "format class",
        FormatClass { ElectronicFile, Spreadsheet, Database, Image, StreamingMedia, SelfDescribing, ServiceInterface }
    );
    codes!(
        frozen,
        "data type",
        DataType { Character, Numeric, Currency, Date, DateTime, Logical, Memo, General, Double, Integer, Float }
    );
    codes!(frozen, "budget class", BudgetClass { Acts, Batches });
    codes!(frozen, "sharing class", SharingClass { Unconditional, Conditional, NotShared });
    codes!(frozen, "method", Method { DatabaseTable, File, ServiceInterface, LogSynchronisation, MessageQueue });
    codes!(
        frozen,
        "grant state",
        GrantState {
            Agreed,
            Provisioned,
            Suspended,
            Ended,
            Rectifying,
            Terminated,
            Completed,
            EndedByProvider,
            Disposed
        }
    );
    codes!(frozen, "use kind", UseKind { Scenario, Process, Outcome, Storage, Destruction });
    codes!(frozen, "majority", Majority { Simple, TwoThirds });
    codes!(frozen, "closed", Closed { Rejected, Expired, HeightReached });
    codes!(
        frozen,
        "deadline kind",
        DeadlineKind {
            RequestReplyUnconditional,
            RequestReplyConditional,
            Provisioning,
            CatalogReview,
            CatalogUpdate,
            CatalogUpdateReview,
            CorrectionReply,
            Rectification,
            RoleConfirmation,
            DisputeNegotiation,
            DisputeDecision,
            DisputeAppeal
        }
    );
    codes!(frozen, "withdrawal cause", WithdrawalCause { Merged, Split, Retired, Other });
    codes!(frozen, "side", Side { Provider, Consumer, DataManager });
    codes!(frozen, "outcome", Outcome { Ok, Error, Denied });
    codes!(
        frozen,
        "sealed field",
        SealedField { Operator, User, DataSubject, RequestDigest, ResultDigest, NetworkAddress }
    );
    with_values(frozen);

    frozen.section("record kinds");
    for kind in RecordKind::ALL {
        frozen.add(format!("{kind:?}"), kind.encode());
    }
    frozen.section("findings");
    for (bit, name) in Findings::NAMES.iter().enumerate() {
        frozen.add(*name, Findings(1 << bit).encode());
    }
}

fn with_values(frozen: &mut Frozen) {
    let methods = Methods::of(&[Method::DatabaseTable, Method::ServiceInterface, Method::MessageQueue]);
    frozen.add("set of methods", methods.encode());
    for cycle in [
        UpdateCycle::RealTime,
        UpdateCycle::Daily,
        UpdateCycle::Weekly,
        UpdateCycle::EveryTenDays,
        UpdateCycle::Monthly,
        UpdateCycle::Quarterly,
        UpdateCycle::Yearly,
        UpdateCycle::Other(Text::new("irregular").unwrap()),
    ] {
        frozen.add(format!("update cycle {cycle:?}"), cycle.encode());
    }
    for threshold in [
        Threshold::All,
        Threshold::Any,
        Threshold::Majority,
        Threshold::Count(3),
        Threshold::Fraction { numerator: 2, denominator: 3 },
    ] {
        frozen.add(format!("threshold {threshold:?}"), threshold.encode());
    }
    let (entry, version, department) = (EntryId::new(0x0102_0304), Version::new(0x0506), DepartmentId::new(7));
    let grant = GrantId::new(8);
    frozen.add("run key of a grant", RunKey::Grant(grant, version).encode());
    frozen.add("run key of an entry", RunKey::Entry(entry, version, department).encode());
    frozen.add("run key of a reporter", RunKey::Reporter(SystemId::new(9)).encode());
    frozen.add("series of a grant", Series::Grant(grant).encode());
    frozen.add("series of an entry", Series::Entry(entry, department).encode());
    frozen.add("series of a reporter", Series::Reporter(SystemId::new(9)).encode());
    for subject in [
        Subject::Department(department),
        Subject::Account([1; 32]),
        Subject::System(SystemId::new(9)),
        Subject::Entry(entry, version),
        Subject::Request(RequestId::new(10)),
        Subject::Grant(grant, version),
        Subject::Stream(StreamId::new(11)),
        Subject::Deadline(DeadlineId::new(13)),
        Subject::Proposal(ProposalId::new(12)),
        Subject::Element(ElementId::new(14)),
        Subject::Dispute(DisputeId::new(15)),
    ] {
        let name = format!("{subject:?}");
        frozen.add(format!("subject {}", name.split('(').next().unwrap()), subject.encode());
    }
}
