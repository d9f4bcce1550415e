//! Why a call is refused, and the way out: the words that wallets show.

use frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such department; register it with `Call::register_department`.
        UnknownDepartment,
        /// The department is suspended or retired; its people sign nothing until governance makes it active again.
        DepartmentNotActive,
        /// The credit code breaks GB 32100; check it character by character.
        CreditCodeInvalid,
        /// Another department has this credit code.
        CreditCodeTaken,
        /// A region has six digits.
        RegionInvalid,
        /// The account belongs to a department already.
        AccountTaken,
        /// The account is not registered; an admin does that with `Call::register_account`.
        UnknownAccount,
        /// The signer holds none of the roles that may do this; docs/roles.md has the table.
        NotPermitted,
        /// The signer does not hold the role that this act needs.
        RoleMissing,
        /// The role waits for its second signature; see `Call::confirm_role`.
        RoleNotConfirmed,
        /// The role has expired; an admin may give it anew.
        RoleExpired,
        /// The account holds the role already; revoke it first.
        RoleTaken,
        /// The account does not hold the role.
        RoleUnknown,
        /// The role needs no second signature, or has it.
        NotPending,
        /// Giver and second signer must be two persons.
        SamePerson,
        /// An admin holds no role that signs business acts, and who signs them is no admin; take another account.
        AdminSigns,
        /// Reviewer, supervisor and auditor are roles of a competent authority, as long as it is one.
        RoleOfAuthority,
        /// The signer's role does not cover this entry or department; another holder has to sign.
        OutOfScope,
        /// A scope names at least one entry or known department.
        ScopeInvalid,
        /// The principal is no other account that holds the role itself.
        PrincipalWithoutRole,
        /// An auditor is named on a stated basis.
        BasisMissing,
        /// The expiry lies in the past.
        ExpiryPassed,
        /// The department has a system with this code already.
        SystemCodeTaken,
        /// A department is not hosted by itself; leave the host out.
        HostsItself,
        /// The department would be among its own superiors.
        ParentCycle,
        /// There are more than 16 superiors above; name one further up.
        ParentsTooMany,
        /// The key was replaced by another one, which signs in its place.
        KeyReplacedAlready,
        /// No report of loss of this key waits with this new key; make one with `Call::report_loss`.
        NoReplacement,
        /// A report of loss of this key waits already: have it confirmed, or withdraw it with `Call::withdraw_report` and make another.
        ReportWaits,
        /// A report says what happened.
        ReasonMissing,
        /// The department is retired, and stays so; register another one.
        RetiredForGood,
        /// The departments have not admitted this one yet: it has no vote and no validator until two thirds of them do.
        NotAdmitted,
        /// The department is admitted already; that is for good.
        AdmittedAlready,
        /// The department has this status already.
        StatusUnchanged,
        /// A department with a validator does not retire; remove the validator first.
        ValidatorInOffice,
        /// A competent authority does not retire; name another one first.
        AuthorityInOffice,
        /// The department is the competent authority already.
        AuthorityAlready,
        /// The key is not one that only its holder can sign for.
        KeyInvalid,
        /// An address is `ip:port` in its shortest form, of a host that can be dialled.
        AddressInvalid,
        /// Another node has this key.
        NodeTaken,
        /// The department has a validator, or the key belongs to one.
        ValidatorTaken,
        /// There are 100 validators already.
        ValidatorsFull,
        /// No validator has this key.
        UnknownValidator,
        /// Fewer validators than this chain needs would be left; add another one first.
        TooFewValidators,
        /// There are 100 observers already.
        ObserversFull,
        /// No observer has this key.
        UnknownObserver,
        /// The budget is out of its bounds; `mulu_proofs::budget::Budget::check` says which.
        BudgetInvalid,
    }
}
