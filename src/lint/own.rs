//! Calls that end at the very extension they come from.

use super::forwarding::end;
use super::{Kind, Subject, User, Warning};

pub(super) fn check(user: &User<'_>, found: &mut Vec<Warning>) {
    for (subject, dispatching) in user.declared() {
        if is_switched_off(user, &subject) {
            continue;
        }
        if let Some((id, keys)) = end(dispatching)
            && id == *user.id
        {
            found.push(Warning {
                kind: Kind::ForwardingLoop,
                subject,
                keys,
                other: None,
                message: "this forwards calls to the user's own extension".to_owned(),
                help: "send the calls elsewhere, such as to voicemail".to_owned(),
            });
        }
    }
}

fn is_switched_off(user: &User<'_>, subject: &Subject) -> bool {
    let Subject::State(id) = subject else {
        return false;
    };
    let held = user.handling.state(id.as_str());
    held.is_some_and(|held| held.state.enabled == Some(false))
}
