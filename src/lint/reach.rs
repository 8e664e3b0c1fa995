//! Extensions that take no call, and calls that reach nobody.

use super::{Kind, Subject, User, Warning};
use crate::model::{
    Destination, Directory, DispatchType, Dispatching, ExtensionId, RingTarget, StateId,
};
use crate::routing::Flow;

pub(super) fn check(user: &User<'_>, directory: &Directory, found: &mut Vec<Warning>) {
    let reach = Reach { user, directory };
    for (subject, dispatching) in user.declared() {
        let Some(kind) = &dispatching.kind else {
            continue;
        };
        match reach.silence(&subject, kind, dispatching) {
            Some(silence) => found.push(silence),
            None => reach.dead_ends(&subject, kind, dispatching, found),
        }
    }
}

struct Reach<'a> {
    user: &'a User<'a>,
    directory: &'a Directory,
}

impl Reach<'_> {
    /// Each extension that rings or is called and takes no call.
    fn dead_ends(
        &self,
        subject: &Subject,
        kind: &DispatchType,
        dispatching: &Dispatching,
        found: &mut Vec<Warning>,
    ) {
        let mut tell = |keys, message, help: &str| {
            found.push(Warning {
                kind: Kind::OutOfService,
                subject: subject.clone(),
                keys,
                other: None,
                message,
                help: help.to_owned(),
            });
        };
        let flow = Flow::of(dispatching);
        for target in flow.everybody() {
            let Some(id) = whose(target) else { continue };
            if let Some(why) = self.why_dead(id) {
                let keys = &["dispatching", "ring"];
                tell(
                    keys,
                    format!("{why}, and does not ring"),
                    "let somebody else ring",
                );
            } else if *id == *self.user.id && matches!(target, RingTarget::Coworker(_)) {
                let message = "this rings the user's own extension".to_owned();
                let help =
                    "the user's own apps and devices are `mobileApps`, `desktopApps` and `device:`";
                tell(&["dispatching", "ring"], message, help);
            }
        }
        if let Some(why) = flow
            .end
            .as_ref()
            .and_then(goes_to)
            .and_then(|id| self.why_dead(id))
        {
            let help = "send calls to somebody else";
            tell(end_key(kind), format!("{why}, and takes no calls"), help);
        }
    }

    /// That whoever calls is left alone: nobody can answer, and nothing comes after.
    fn silence(
        &self,
        subject: &Subject,
        kind: &DispatchType,
        dispatching: &Dispatching,
    ) -> Option<Warning> {
        let rings = !matches!(kind, DispatchType::Terminate | DispatchType::Other(_));
        let is_agent = *subject == Subject::State(StateId::from(StateId::AGENT));
        let flow = Flow::of(dispatching);
        if !rings || is_agent || !flow.other.is_empty() {
            return None;
        }
        let is_dead = |id: &ExtensionId| self.why_dead(id).is_some();
        // Who rings by default is not said, and so not known.
        let is_said = dispatching.ring.is_some();
        let nobody = flow
            .everybody()
            .into_iter()
            .all(|t| whose(t).is_some_and(is_dead));
        let end = flow.end.as_ref()?;
        // Whoever hears an announcement after the ringing is left alone; at once, it is what is meant.
        let is_announcement = matches!(end, Destination::Announcement { .. });
        let nowhere = is_announcement || goes_to(end).is_some_and(is_dead);
        (is_said && nobody && nowhere).then(|| Warning {
            kind: Kind::Silence,
            subject: subject.clone(),
            keys: &["dispatching"],
            other: None,
            message:
                "callers reach nobody here: neither who rings nor what comes after can take a call"
                    .to_owned(),
            help: "let somebody ring who is there, or end with `noAnswer: voicemail`".to_owned(),
        })
    }

    /// Why an extension takes no calls, where it takes none.
    fn why_dead(&self, id: &ExtensionId) -> Option<String> {
        let Some(extension) = self.directory.by_id(id) else {
            return Some(format!("the account has no extension with the id {id}"));
        };
        let why = match extension.status.as_str() {
            "Disabled" => "is disabled",
            "NotActivated" => "is not activated",
            "Unassigned" => "is assigned to nobody",
            _ => return None,
        };
        Some(format!("{} {why}", extension.full_label()))
    }
}

fn end_key(kind: &DispatchType) -> &'static [&'static str] {
    match kind {
        DispatchType::Terminate => &["dispatching", "terminate"],
        _ => &["dispatching", "noAnswer"],
    }
}

/// The extension that rings, where it is another's.
fn whose(target: &RingTarget) -> Option<&ExtensionId> {
    match target {
        RingTarget::Coworker(id) => Some(id),
        RingTarget::Apps { of, .. } | RingTarget::Device { of, .. } => of.as_ref(),
        _ => None,
    }
}

/// The extension at which a call ends, where that is another's.
fn goes_to(end: &Destination) -> Option<&ExtensionId> {
    match end {
        Destination::Extension(id) | Destination::Voicemail { of: Some(id), .. } => Some(id),
        _ => None,
    }
}
