//! Which runtime this is. Clients sign the two version numbers.

use crate::apis::RUNTIME_API_VERSIONS;
use sp_runtime::Cow;
use sp_version::RuntimeVersion;

/// Version of the runtime. `spec_version` grows with every change of what blocks do, `transaction_version` with every
/// change of a call's bytes.
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("mulu"),
    impl_name: Cow::Borrowed("mulu"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    // State version 1: long values are hashed apart.
    system_version: 1,
};
