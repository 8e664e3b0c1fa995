//! What can be known to be wrong without an account: the rules that RingCentral documents, and those
//! of the language.

mod conditions;
mod dispatching;
mod schedule;
mod states;
mod targets;
mod user;

pub(super) use dispatching::one_voicemail;

use super::Finding;
use super::types::UserFile;

/// Everything wrong with a user file.
pub(super) fn user_file(file: &UserFile) -> Vec<Finding> {
    let mut found = Vec::new();
    user::check(file, &mut found);
    found
}
