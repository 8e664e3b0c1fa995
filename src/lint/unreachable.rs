//! Lints: destinations that accept no calls, callers who reach no person and no voicemail, and
//! ringing that lasts longer than callers wait.

use super::{KeyPath, LintKind, LintSubject, LintUser, LintWarning, final_destination};
use crate::model::{
    CallDestination, CallDispatching, DispatchType, ExtensionDirectory, ExtensionId, RingTarget,
    StateId,
};
use crate::routing::CallFlow;

/// Seconds after which most callers hang up. [inferred]
const CALLER_PATIENCE: u64 = 60;

/// Warns about dispatchings that ring for longer than callers wait.
pub(super) fn lint_long_ring(user: &LintUser<'_>, warnings: &mut Vec<LintWarning>) {
    for (subject, dispatching) in user.declared_dispatchings() {
        let seconds = CallFlow::from_dispatching(dispatching).seconds();
        if dispatching.dispatch_type.is_some() && seconds > CALLER_PATIENCE {
            warnings.push(LintWarning::new(
                LintKind::LongRing,
                subject,
                &["dispatching", "ring"],
                format!("rings for {seconds} s before anything answers"),
                format!("most callers hang up after {CALLER_PATIENCE} s: ring more people at the same time, or for a shorter time"),
            ));
        }
    }
}

/// Warns about dispatchings with extensions that are out of service, and about those that reach no
/// one.
pub(super) fn lint_unreachable(
    user: &LintUser<'_>,
    directory: &ExtensionDirectory,
    warnings: &mut Vec<LintWarning>,
) {
    let lint = DestinationLint { user, directory };
    for (subject, dispatching) in user.declared_dispatchings() {
        let Some(kind) = &dispatching.dispatch_type else {
            continue;
        };
        match lint.check_unreachable(&subject, kind, dispatching) {
            Some(warning) => warnings.push(warning),
            None => lint.check_out_of_service(&subject, dispatching, warnings),
        }
    }
}

/// The user to check, and the extensions of the account.
struct DestinationLint<'a> {
    user: &'a LintUser<'a>,
    directory: &'a ExtensionDirectory,
}

impl DestinationLint<'_> {
    /// Adds a warning for each extension that rings or is a destination and is out of service, and
    /// for the user's own extension if it rings.
    fn check_out_of_service(
        &self,
        subject: &LintSubject,
        dispatching: &CallDispatching,
        warnings: &mut Vec<LintWarning>,
    ) {
        let mut warn = |keys: KeyPath, message: String, help: &str| {
            let subject = subject.clone();
            let kind = LintKind::OutOfService;
            warnings.push(LintWarning::new(kind, subject, keys, message, help));
        };
        const RING: KeyPath = &["dispatching", "ring"];
        for target in CallFlow::from_dispatching(dispatching).all_targets() {
            let Some(id) = rung_extension(target) else {
                continue;
            };
            if let Some(reason) = self.out_of_service_reason(id) {
                let message = format!("{reason} and does not ring");
                warn(RING, message, "ring another user");
            } else if *id == *self.user.id && matches!(target, RingTarget::Coworker(_)) {
                let message = "this rings the user's own extension".to_owned();
                let help = "for the user's own apps and devices use `mobileApps`, `desktopApps` and `device:`";
                warn(RING, message, help);
            }
        }
        let (end, keys) = final_destination(dispatching);
        let end = end.and_then(destination_extension);
        if let Some(reason) = end.and_then(|id| self.out_of_service_reason(id)) {
            let message = format!("{reason} and accepts no calls");
            warn(keys, message, "use another destination");
        }
    }

    /// Returns a warning if no ring target can answer and the call then reaches no person and no
    /// voicemail.
    fn check_unreachable(
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
        let is_dead = |id: &ExtensionId| self.out_of_service_reason(id).is_some();
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
        (is_ring_declared && none_answers && ends_unanswered).then(|| LintWarning::new(
            LintKind::UnreachableCaller,
            subject.clone(),
            &["dispatching"],
            "callers reach no one: no phone that rings can answer, and the call does not go to voicemail",
            "ring a user who is in service, or set `noAnswer: voicemail`",
        ))
    }

    /// Returns why an extension accepts no calls, as the start of a sentence.
    fn out_of_service_reason(&self, id: &ExtensionId) -> Option<String> {
        let Some(extension) = self.directory.by_id(id) else {
            return Some(format!("the account has no extension with the id {id}"));
        };
        let state = extension.out_of_service_reason()?;
        Some(format!("{} {state}", extension.full_label()))
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
