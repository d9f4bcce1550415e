//! What the chain says of itself: its id, which everything signed is bound to, and whether it is for development.

pub use pallet::*;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use mulu_proofs::{genesis::CHAIN_ID_BYTES_MAX, text::Text};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// Id of the chain, as in its genesis file.
    ///
    /// - Key → value: nothing → at most 64 bytes of printable ASCII.
    /// - Written by: genesis.
    #[pallet::storage]
    pub type Id<T: Config> = StorageValue<_, Text<{ CHAIN_ID_BYTES_MAX as u32 }>, ValueQuery>;

    /// Whether this is a development chain: other signature schemes than ed25519 count on those alone.
    ///
    /// - Key → value: nothing → one byte.
    /// - Written by: genesis.
    #[pallet::storage]
    pub type IsDevelopment<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Id of the chain.
        pub id: Text<{ CHAIN_ID_BYTES_MAX as u32 }>,
        /// Whether it is for development.
        pub is_development: bool,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            assert!(self.id.as_str().bytes().all(|byte| byte.is_ascii_graphic()), "a chain id is printable ASCII");
            Id::<T>::put(&self.id);
            IsDevelopment::<T>::put(self.is_development);
        }
    }
}
