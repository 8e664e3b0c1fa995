//! Ringing that lasts longer than callers wait.

use super::{Kind, User, Warning};
use crate::routing::Flow;

/// The longest that callers wait, in seconds.
const PATIENCE: u64 = 60;

pub(super) fn check(user: &User<'_>, found: &mut Vec<Warning>) {
    for (subject, dispatching) in user.declared() {
        let seconds = Flow::of(dispatching).seconds();
        if dispatching.kind.is_some() && seconds > PATIENCE {
            found.push(Warning {
                kind: Kind::LongRing,
                subject,
                keys: &["dispatching", "ring"],
                other: None,
                message: format!("it rings for {seconds} seconds before anything answers"),
                help: format!("callers seldom wait longer than {PATIENCE} seconds: ring more people together, or for a shorter time"),
            });
        }
    }
}
