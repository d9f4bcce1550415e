//! What the pallet tells indexers, past tense and without a look at the state.

use frame_support::pallet_macros::pallet_section;

/// The events of the pallet.
#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A stream was opened.
        StreamOpened {
            /// The stream.
            stream: StreamId,
            /// Its platform.
            platform: SystemId,
            /// The key that signs its batches.
            key: AccountId32,
        },
        /// A batch was accepted.
        BatchAccepted {
            /// Its record.
            record: RecordNumber,
            /// The stream.
            stream: StreamId,
            /// The stream's platform.
            platform: SystemId,
            /// Number of its first event in the stream.
            first: EventNumber,
            /// Number of events.
            count: u32,
            /// How many of them have findings.
            with_findings: u32,
        },
        /// A stream was closed.
        StreamClosed {
            /// The stream.
            stream: StreamId,
            /// Its last event; 0 if it had none.
            last: EventNumber,
        },
        /// A halted stream goes on under another key.
        StreamReopened {
            /// The stream.
            stream: StreamId,
            /// The key that signs its batches from now on.
            key: AccountId32,
            /// Number of its next event.
            next: EventNumber,
        },
        /// A platform's key was reported compromised.
        KeyCompromised {
            /// The record of the report.
            record: RecordNumber,
            /// The key.
            key: PublicKey,
            /// How many streams were halted.
            halted: u32,
        },
        /// A department says that events are not its own.
        EventsRepudiated {
            /// The record of it.
            record: RecordNumber,
            /// The stream.
            stream: StreamId,
            /// First event.
            first: EventNumber,
            /// Last event.
            last: EventNumber,
        },
        /// The authority decided on a repudiation.
        RepudiationDecided {
            /// The record of the decision.
            record: RecordNumber,
            /// The record of the repudiation.
            repudiation: RecordNumber,
            /// Whether it stands.
            upheld: bool,
        },
        /// The parties of a grant did not report the same of a day.
        DayDiffers {
            /// The record of it.
            record: RecordNumber,
            /// The grant.
            grant: GrantId,
            /// The local day.
            day: Day,
        },
        /// The calls that make the difference were named.
        DifferencesNamed {
            /// The record of it.
            record: RecordNumber,
            /// The grant.
            grant: GrantId,
            /// The local day.
            day: Day,
        },
        /// A decision point was opened.
        DecisionsOpened {
            /// The platform.
            system: SystemId,
            /// Its key.
            key: AccountId32,
        },
        /// A decision point was closed.
        DecisionsClosed {
            /// The platform.
            system: SystemId,
        },
        /// A decision point reported what it answered.
        DecisionsCounted {
            /// The platform.
            system: SystemId,
            /// The local day.
            day: Day,
            /// Of how many grants.
            grants: u32,
        },
    }
}
