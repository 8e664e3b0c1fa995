//! Options that several commands share.

pub(crate) mod call;
pub(crate) mod completable;
pub(crate) mod users;
pub(crate) mod write;
