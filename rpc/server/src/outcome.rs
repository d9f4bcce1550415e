//! Whether a call did what it says, and if not why, in the words of the runtime's own documentation.

use crate::{context::Context, failure::Failure};
use frame_metadata::{RuntimeMetadata, v14::RuntimeMetadataV14};
use frame_system::Phase;
use mulu_primitives::block::Header;
use mulu_rpc_api::records::CallError;
use mulu_runtime::{Runtime, RuntimeEvent, System};
use scale_info::TypeDef;
use sp_runtime::{DispatchError, ModuleError};

/// Outcome of the extrinsic at `place` of the block of `header`, whose state is there; none if the block does not say.
pub fn of(context: &Context, header: &Header, place: u32) -> Result<Option<Result<(), CallError>>, Failure> {
    let outcome = context.parts.executor.query(header, || {
        System::read_events_no_consensus().find_map(|event| match event.phase {
            Phase::ApplyExtrinsic(at) if at == place => match event.event {
                RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }) => Some(Ok(())),
                RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => {
                    Some(Err(dispatch_error))
                }
                _ => None,
            },
            _ => None,
        })
    })?;
    Ok(outcome.map(|outcome| outcome.map_err(|error| described(&error))))
}

/// An error of a pallet, by the numbers that a record keeps.
pub fn of_pallet(index: u8, error: [u8; 4]) -> CallError {
    described(&DispatchError::Module(ModuleError { index, error, message: None }))
}

/// An error that no pallet has a name for.
pub fn unnamed() -> CallError {
    described(&DispatchError::Other(""))
}

/// An error of a call or of a reader of state.
pub fn described(error: &DispatchError) -> CallError {
    let of_pallet = match error {
        DispatchError::Module(error) => described_by_metadata(error),
        _ => None,
    };
    of_pallet.unwrap_or_else(|| CallError {
        pallet: "Runtime".into(),
        name: <&'static str>::from(*error).into(),
        docs: format!("{error:?}"),
    })
}

fn described_by_metadata(error: &ModuleError) -> Option<CallError> {
    let RuntimeMetadata::V14(RuntimeMetadataV14 { pallets, types, .. }) = Runtime::metadata().1 else { return None };
    let pallet = pallets.into_iter().find(|pallet| pallet.index == error.index)?;
    let errors = types.resolve(pallet.error?.ty.id)?;
    let TypeDef::Variant(errors) = &errors.type_def else { return None };
    let variant = errors.variants.iter().find(|variant| variant.index == error.error[0])?;
    Some(CallError { pallet: pallet.name, name: variant.name.clone(), docs: variant.docs.join(" ").trim().to_owned() })
}
