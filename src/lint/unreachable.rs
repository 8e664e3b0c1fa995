//! Lint: destinations that accept no calls, and callers who reach no person and no voicemail.

use super::{LintKind, LintSubject, LintUser, LintWarning};
use crate::model::{
    CallDestination, CallDispatching, DispatchType, ExtensionDirectory, ExtensionId, RingTarget,
    StateId,
};
use crate::routing::CallFlow;

/// Warns about dispatchings with extensions that are out of service, and about those that reach no
/// one.
pub(super) fn lint_unreachable(
    user: &LintUser<'_>,
    directory: &ExtensionDirectory,
    warnings: &mut Vec<LintWarning>,
) {
    let lint = ReachabilityLint { user, directory };
    for (subject, dispatching) in user.declared_dispatchings() {
        let Some(kind) = &dispatching.dispatch_type else {
            continue;
        };
        match lint.find_silence(&subject, kind, dispatching) {
            Some(silence) => warnings.push(silence),
            None => lint.find_dead_ends(&subject, kind, dispatching, warnings),
        }
    }
}

/// The user to check, and the extensions of the account.
struct ReachabilityLint<'a> {
    user: &'a LintUser<'a>,
    directory: &'a ExtensionDirectory,
}

impl ReachabilityLint<'_> {
    /// Adds a warning for each extension that rings or is a destination and is out of service.
    fn find_dead_ends(
        &self,
        subject: &LintSubject,
        kind: &DispatchType,
        dispatching: &CallDispatching,
        warnings: &mut Vec<LintWarning>,
    ) {
        let mut warn = |keys, message, help: &str| {
            warnings.push(LintWarning {
                kind: LintKind::OutOfService,
                subject: subject.clone(),
                keys,
                other: None,
                message,
                help: help.to_owned(),
            });
        };
        let flow = CallFlow::from_dispatching(dispatching);
        for target in flow.all_targets() {
            let Some(id) = rung_extension(target) else {
                continue;
            };
            if let Some(reason) = self.dead_end_reason(id) {
                let keys = &["dispatching", "ring"];
                warn(
                    keys,
                    format!("{reason} and does not ring"),
                    "ring another user",
                );
            } else if *id == *self.user.id && matches!(target, RingTarget::Coworker(_)) {
                let message = "this rings the user's own extension".to_owned();
                let help = "for the user's own apps and devices use `mobileApps`, `desktopApps` and `device:`";
                warn(&["dispatching", "ring"], message, help);
            }
        }
        if let Some(reason) = flow
            .end
            .as_ref()
            .and_then(destination_extension)
            .and_then(|id| self.dead_end_reason(id))
        {
            let help = "use another destination";
            warn(
                end_path(kind),
                format!("{reason} and accepts no calls"),
                help,
            );
        }
    }

    /// Returns a warning if no ring target can answer and the call then reaches no person and no
    /// voicemail.
    fn find_silence(
        &self,
        subject: &LintSubject,
        kind: &DispatchType,
        dispatching: &CallDispatching,
    ) -> Option<LintWarning> {
        let rings = !matches!(kind, DispatchType::Terminate | DispatchType::Other(_));
        let is_agent = *subject == LintSubject::State(StateId::from(StateId::AGENT));
        let flow = CallFlow::from_dispatching(dispatching);
        if !rings || is_agent || !flow.other.is_empty() {
            return None;
        }
        let is_dead = |id: &ExtensionId| self.dead_end_reason(id).is_some();
        // An undeclared ring list has the service's default, which is not known here.
        let is_ring_declared = dispatching.ring.is_some();
        let none_answers = flow
            .all_targets()
            .into_iter()
            .all(|t| rung_extension(t).is_some_and(is_dead));
        let end = flow.end.as_ref()?;
        // An announcement after ringing ends the call; an immediate one is intended.
        let is_announcement = matches!(end, CallDestination::Announcement { .. });
        let ends_unanswered = is_announcement || destination_extension(end).is_some_and(is_dead);
        (is_ring_declared && none_answers && ends_unanswered).then(|| LintWarning {
            kind: LintKind::UnreachableCaller,
            subject: subject.clone(),
            keys: &["dispatching"],
            other: None,
            message:
                "callers reach no one: no phone that rings can answer, and the call does not go to voicemail"
                    .to_owned(),
            help: "ring a user who is in service, or set `noAnswer: voicemail`".to_owned(),
        })
    }

    /// Returns why an extension accepts no calls, as the start of a sentence.
    fn dead_end_reason(&self, id: &ExtensionId) -> Option<String> {
        let Some(extension) = self.directory.by_id(id) else {
            return Some(format!("the account has no extension with the id {id}"));
        };
        let state = match extension.status.as_str() {
            "Disabled" => "is disabled",
            "NotActivated" => "is not activated",
            "Unassigned" => "is not assigned to a user",
            _ => return None,
        };
        Some(format!("{} {state}", extension.full_label()))
    }
}

/// Returns the keys of the destination that a dispatching of this type uses.
fn end_path(kind: &DispatchType) -> &'static [&'static str] {
    match kind {
        DispatchType::Terminate => &["dispatching", "terminate"],
        _ => &["dispatching", "noAnswer"],
    }
}

/// Returns the extension that a target rings, if it belongs to another user.
fn rung_extension(target: &RingTarget) -> Option<&ExtensionId> {
    match target {
        RingTarget::Coworker(id) => Some(id),
        RingTarget::Apps { owner, .. } | RingTarget::Device { owner, .. } => owner.as_ref(),
        _ => None,
    }
}

/// Returns the extension at which a call ends, if it belongs to another user.
fn destination_extension(end: &CallDestination) -> Option<&ExtensionId> {
    match end {
        CallDestination::Extension(id)
        | CallDestination::Voicemail {
            owner: Some(id), ..
        } => Some(id),
        _ => None,
    }
}
