//! Why the pallet refuses, and the way out of each.

use frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such system; an admin registers it with the departments' `register_system`.
        UnknownPlatform,
        /// The system is no platform; streams are opened for systems of that kind.
        NotAPlatform,
        /// The platform, or the key, has as many streams as it may; close one with `mulu stream close`.
        TooManyStreams,
        /// There is no such open stream; open one with `mulu stream open`.
        UnknownStream,
        /// The extrinsic was not signed by the key of the stream or decision point, which alone may submit to it.
        OtherKey,
        /// The batch is meant for another chain; compare the genesis hash.
        OtherChain,
        /// The codec or leaf version is not the one that this chain reads; update the bridge.
        UnknownForm,
        /// The batch repeats events that the stream has; read the stream's cursor and go on behind it.
        Repeats,
        /// The batch skips events; send those before it first, as the stream's cursor says.
        Skips,
        /// The header names another batch before it than the stream's last; resend what was sealed, byte for byte.
        OtherPrevious,
        /// A batch has 1 to 1,000 events.
        CountInvalid,
        /// The body has another length or digest than the signed header says.
        OtherBody,
        /// The signature over the header does not verify under the stream's key, for this chain.
        BadSignature,
        /// The body names a version of a grant that the ledger does not have; report such events under the entry.
        UnknownGrant,
        /// The body names a version of an entry that was never published; report such events under the platform.
        UnknownEntry,
        /// The body is not in the one canonical form.
        BodyMalformed,
        /// The body holds another number of events than the header says.
        OtherCount,
        /// The public leaves have another root than the signed header says.
        OtherRoot,
        /// The smallest time of the batch is not the one that the header says.
        OtherTimeBase,
        /// The smallest time of the batch lies before that of the batch before it; report late events in a stream of their own.
        TimeBackwards,
        /// A time of the batch runs ahead of block time; correct the platform's clock.
        TimeAhead,
        /// An event names another reporter than the stream's platform.
        OtherReporter,
        /// An event names a consumer, system or purpose that is not registered.
        UnknownId,
        /// An event names an item that the entry's version does not have.
        UnknownItem,
        /// Only its key, in its role, or an admin of its department closes a stream or a decision point; a halted stream only the admin.
        NotPermitted,
        /// The stream's key was reported compromised; reopen the stream under another with `mulu stream reopen`.
        StreamHalted,
        /// The stream is open, and its key holds the `platform` role; `mulu stream reopen` is for a stream that was halted, or whose key lost its role
        /// or was replaced.
        NotHalted,
        /// The key was reported compromised and signs nothing more; use another account.
        KeyIsCompromised,
        /// The key is and was no account of the platform's department, whose admin or head reports it.
        KeyOfOther,
        /// The time in which others may have signed ends before it begins, or lies ahead.
        PeriodInvalid,
        /// Say what is known, or what was found.
        StatementMissing,
        /// The key was reported for this time already; another report names a longer time, which holds the one before.
        AlreadyReported,
        /// There is no such report of a key; name the last record `KeyCompromised` of the key, or one before it.
        UnknownCompromise,
        /// The key signed no such events of the stream; name numbers within what it signed.
        NotOfKey,
        /// The department has as many repudiations open as it may, or a key's events of one stream were repudiated in too many parts; its authority
        /// decides on those that wait.
        TooManyRepudiations,
        /// No repudiation of that record waits for a decision.
        NotWaiting,
        /// The department has no competent authority that could decide; governance names one.
        NoAuthority,
        /// Who repudiates does not decide on it; another supervisor does.
        SamePerson,
        /// No difference of that grant and day waits to be named: the day is not compared yet, the sides agree, or it was too long ago.
        NothingDiffers,
        /// Only provider and consumer of the grant name its differences.
        NotAParty,
        /// The named calls are not the difference: each list ascends, no id stands in both, and they add up to it exactly.
        NotExplained,
        /// The platform has a decision point; close it first with `mulu decisions close`.
        DecisionsOpen,
        /// The key signs for another decision point; use one key for each.
        KeyDecides,
        /// The platform has no decision point; open one with `mulu decisions open`.
        NoDecisions,
        /// The day has not begun.
        DayAhead,
        /// The day is no longer waited for; what was reported of it stands.
        DayCompared,
        /// There is nothing in the report; leave it out.
        CountsMissing,
        /// Counts are ascending by grant, each named once.
        CountsOutOfOrder,
        /// The decision point does not serve calls under this grant.
        NotServing,
        /// A count is less than it was; counts run from the beginning of the day and never shrink.
        CountsShrink,
        /// The key had this stream before, and another took it over; reopen it under a third.
        KeyHadStream,
        /// Some of these events are repudiated already, and that waits or was upheld; name only others.
        AlreadyRepudiated,
    }
}
