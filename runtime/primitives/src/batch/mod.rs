//! The columnar body of an event batch (DESIGN §3a).
