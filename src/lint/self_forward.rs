//! Lint: calls that are forwarded to the user's own extension.

use super::forwarding_loop::loop_end;
use super::{LintKind, LintSubject, LintUser, LintWarning};

/// Warns about destinations that are the user's own extension.
pub(super) fn lint_self_forward(user: &LintUser<'_>, warnings: &mut Vec<LintWarning>) {
    for (subject, dispatching) in user.declared_dispatchings() {
        if is_switched_off(user, &subject) {
            continue;
        }
        if let Some((id, keys)) = loop_end(dispatching)
            && id == *user.id
        {
            warnings.push(LintWarning {
                kind: LintKind::ForwardingLoop,
                subject,
                keys,
                other: None,
                message: "this forwards calls to the user's own extension".to_owned(),
                help: "use another destination, such as voicemail".to_owned(),
            });
        }
    }
}

/// Returns whether the subject is a state that the file switches off.
fn is_switched_off(user: &LintUser<'_>, subject: &LintSubject) -> bool {
    let LintSubject::State(id) = subject else {
        return false;
    };
    let state = user.handling.state(id.as_str());
    state.is_some_and(|state| state.state.enabled == Some(false))
}
