//! Lint: ringing that lasts longer than callers wait.

use super::{LintKind, LintUser, LintWarning};
use crate::routing::CallFlow;

/// Seconds after which most callers hang up. [inferred]
const CALLER_PATIENCE: u64 = 60;

/// Warns about dispatchings that ring for longer than callers wait.
pub(super) fn lint_long_ring(user: &LintUser<'_>, warnings: &mut Vec<LintWarning>) {
    for (subject, dispatching) in user.declared_dispatchings() {
        let seconds = CallFlow::from_dispatching(dispatching).seconds();
        if dispatching.dispatch_type.is_some() && seconds > CALLER_PATIENCE {
            warnings.push(LintWarning {
                kind: LintKind::LongRing,
                subject,
                keys: &["dispatching", "ring"],
                other: None,
                message: format!("rings for {seconds} s before anything answers"),
                help: format!("most callers hang up after {CALLER_PATIENCE} s: ring more people at the same time, or for a shorter time"),
            });
        }
    }
}
