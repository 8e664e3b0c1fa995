//! Checks of a dispatching: its type, its actions, and the dependencies between them.

use serde_json::Value;

use super::{BodyCheckContext, BodyFindings, targets};
use crate::sandbox::defaults::is_greeting_action;

/// The parts that a dispatching may contain in an interaction rule or in the rule of a state.
#[derive(Clone, Copy)]
pub(crate) struct DispatchingProfile {
    /// Dispatching types that are allowed.
    pub(crate) types: &'static [&'static str],
    /// Whether ring groups are allowed. Then the ring groups of both apps are required.
    pub(crate) allows_ringing: bool,
    /// Whether greeting and screening actions are allowed.
    pub(crate) allows_greetings: bool,
    /// Whether a target for unanswered calls (`Ringing`) is allowed.
    pub(crate) allows_no_answer: bool,
    /// Whether a target without ringing (`Terminating`) is allowed.
    pub(crate) allows_terminate: bool,
    /// Whether both targets are required for every dispatching type, as in after hours. \[docs\]
    pub(crate) requires_both_targets: bool,
    /// Whether `callTypes` has an effect.
    pub(crate) supports_queue_calls: bool,
    /// Whether the announcement target must be listed: state rules always contain its settings.
    /// \[docs\]
    pub(crate) requires_announcement: bool,
}

/// Profile of interaction rules, which may contain all parts. \[spec\]
pub(crate) const INTERACTION_PROFILE: DispatchingProfile = DispatchingProfile {
    types: &["RingAtOnce", "RingInOrder", "Terminate", "Custom"],
    allows_ringing: true,
    allows_greetings: true,
    allows_no_answer: true,
    allows_terminate: true,
    requires_both_targets: false,
    supports_queue_calls: true,
    requires_announcement: false,
};

impl DispatchingProfile {
    /// Returns whether rules with this profile have a `TerminatingAction`: all except that of the
    /// agent state. \[docs\]
    fn has_terminating_action(&self) -> bool {
        self.allows_no_answer || self.allows_terminate
    }

    /// Returns whether this dispatching type requires a target for unanswered calls.
    fn requires_no_answer(&self, kind: Option<&str>) -> bool {
        let rings = matches!(kind, Some("RingAtOnce" | "RingInOrder" | "Custom"));
        self.allows_no_answer && (self.requires_both_targets || rings)
    }

    /// Returns whether this dispatching type requires a target without ringing.
    fn requires_terminate(&self, kind: Option<&str>) -> bool {
        self.allows_terminate && (self.requires_both_targets || kind == Some("Terminate"))
    }
}

/// Checks a complete dispatching.
pub(crate) fn check(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    value: Option<&Value>,
    profile: &DispatchingProfile,
) {
    let at = "dispatching";
    let Some(dispatching) = findings.require_object(value, at) else {
        return;
    };
    let kind = dispatching.get("type").and_then(Value::as_str);
    let is_live_type = kind.is_some_and(|kind| {
        context.live["dispatching"]["type"] == kind && !INTERACTION_PROFILE.types.contains(&kind)
    });
    if !is_live_type {
        findings.require_one_of(dispatching.get("type"), "dispatching.type", profile.types);
    }
    check_call_types(findings, context, dispatching.get("callTypes"));
    let at = "dispatching.actions";
    let Some(actions) = findings.require_array(dispatching.get("actions"), at, 1) else {
        return;
    };
    for (i, action) in actions.iter().enumerate() {
        let action_context = ActionContext {
            context,
            profile,
            kind,
        };
        check_action(findings, &action_context, action, &format!("{at}[{i}]"));
    }
    if profile.allows_ringing {
        check_apps(findings, context, actions, at);
    }
    let terminating_actions = actions
        .iter()
        .filter(|a| a["type"] == "TerminatingAction")
        .count();
    if profile.has_terminating_action() && terminating_actions != 1 {
        findings.push_invalid(at, "exactly one TerminatingAction is required");
    }
}

fn check_call_types(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    call_types: Option<&Value>,
) {
    let at = "dispatching.callTypes";
    let Some(call_types) = call_types else { return };
    let Some(call_types) = findings.require_object(Some(call_types), at) else {
        return;
    };
    let at = "dispatching.callTypes.queueCallsIncluded";
    let included = findings.require_boolean(call_types.get("queueCallsIncluded"), at);
    if included == Some(true) && !context.account.account.queue_calls_in_rules {
        findings.push_unavailable(
            at,
            "queue calls in interaction rules are not available on this account",
        );
    }
}

/// The data that checks of an action use: the profile and type of the dispatching that contains it.
struct ActionContext<'a> {
    context: &'a BodyCheckContext<'a>,
    profile: &'a DispatchingProfile,
    /// Type of the dispatching.
    kind: Option<&'a str>,
}

/// Checks one action of a dispatching.
fn check_action(
    findings: &mut BodyFindings,
    action_context: &ActionContext,
    action: &Value,
    at: &str,
) {
    let ActionContext {
        context,
        profile,
        kind,
    } = action_context;
    let type_at = format!("{at}.type");
    let reject = |findings: &mut BodyFindings| {
        findings.push_invalid(&type_at, "this action is not allowed here");
    };
    match action["type"].as_str().unwrap_or_default() {
        name if is_greeting_action(name) => {
            if !profile.allows_greetings {
                return reject(findings);
            }
            let enabled = findings.require_boolean(action.get("enabled"), &format!("{at}.enabled"));
            let rings = matches!(kind, Some("RingAtOnce" | "RingInOrder"));
            if enabled == Some(true) && !rings {
                let message = "greetings are played only with RingAtOnce or RingInOrder";
                findings.push_invalid(&format!("{at}.enabled"), message);
            }
            check_greeting(findings, action.get("greeting"), &format!("{at}.greeting"));
        }
        "ScreeningAction" => {
            if !profile.allows_greetings {
                return reject(findings);
            }
            check_screening(findings, action, at);
        }
        "RingGroupAction" | "RingAlwaysGroupAction" if !profile.allows_ringing => reject(findings),
        "RingGroupAction" => {
            findings.require_boolean(action.get("enabled"), &format!("{at}.enabled"));
            findings.require_number(action.get("duration"), &format!("{at}.duration"), 1);
            if let Some(offset) = action.get("customStartOffset") {
                findings.require_number(Some(offset), &format!("{at}.customStartOffset"), 0);
            }
            let at = format!("{at}.targets");
            let targets = findings.require_array(action.get("targets"), &at, 1);
            for (i, target) in targets.into_iter().flatten().enumerate() {
                targets::check_ring_target(findings, context, target, &format!("{at}[{i}]"));
            }
        }
        "RingAlwaysGroupAction" => check_ring_always(findings, context, action, at),
        "TerminatingAction" if !profile.has_terminating_action() => reject(findings),
        "TerminatingAction" => check_terminating(findings, action_context, action, at),
        _ if context.is_in_live_body(action) => {}
        _ => findings.push_invalid(&type_at, "no such action"),
    }
}

fn check_screening(findings: &mut BodyFindings, action: &Value, at: &str) {
    const SCREENING_MODES: [&str; 3] = ["NoCallerId", "UnknownCallerId", "Always"];
    const SCREENING_RESULTS: [&str; 2] = ["AskToAnswer", "PlayCallerNameOnly"];
    findings.require_boolean(action.get("enabled"), &format!("{at}.enabled"));
    findings.require_one_of(
        action.get("screening"),
        &format!("{at}.screening"),
        &SCREENING_MODES,
    );
    if let Some(result) = action.get("screeningResult") {
        findings.require_one_of(
            Some(result),
            &format!("{at}.screeningResult"),
            &SCREENING_RESULTS,
        );
    }
}

fn check_ring_always(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    action: &Value,
    at: &str,
) {
    findings.require_boolean(action.get("enabled"), &format!("{at}.enabled"));
    let at = format!("{at}.targets");
    let Some(targets) = findings.require_array(action.get("targets"), &at, 1) else {
        return;
    };
    if targets.len() > 2 {
        findings.push_invalid(&at, "at most two targets");
    }
    for (i, target) in targets.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if targets::is_app(target) {
            targets::check_ring_target(findings, context, target, &at);
        } else if !context.is_in_live_body(target) {
            findings.push_invalid(
                &format!("{at}.type"),
                "AllDesktopRingTarget or AllMobileRingTarget is required",
            );
        }
    }
}

/// Requires the user's own apps to be in a ring group (`enabled: false` silences them) or to ring
/// throughout, but not both. \[docs\]
fn check_apps(
    findings: &mut BodyFindings,
    context: &BodyCheckContext,
    actions: &[Value],
    at: &str,
) {
    for app in targets::APP_TARGET_TYPES {
        let position_in = |kind: &str| {
            actions.iter().position(|action| {
                let targets = action["targets"].as_array();
                let is_own = |target: &Value| targets::is_own_app(target, app, context.extension);
                action["type"] == kind && targets.is_some_and(|targets| targets.iter().any(is_own))
            })
        };
        match (
            position_in("RingGroupAction"),
            position_in("RingAlwaysGroupAction"),
        ) {
            (None, None) => {
                let message = format_args!(
                    "a ring group for {app} is required; silence it with enabled: false"
                );
                findings.push_invalid(at, message);
            }
            (Some(_), Some(always_index)) => {
                let message = format_args!(
                    "{app} rings throughout, so it must not be in a RingGroupAction too"
                );
                findings.push_invalid(&format!("{at}[{always_index}].targets"), message);
            }
            _ => {}
        }
    }
}

/// Checks a `TerminatingAction` with its targets.
fn check_terminating(
    findings: &mut BodyFindings,
    action_context: &ActionContext,
    action: &Value,
    at: &str,
) {
    let ActionContext {
        context,
        profile,
        kind,
    } = action_context;
    let targets_at = format!("{at}.targets");
    let Some(targets) = findings.require_array(action.get("targets"), &targets_at, 1) else {
        return;
    };
    for (i, target) in targets.iter().enumerate() {
        let at = format!("{targets_at}[{i}]");
        targets::check_terminating_target(findings, context, target, &at);
        let mode = target["dispatchingType"].as_str();
        let is_misplaced = (mode == Some("Ringing") && !profile.allows_no_answer)
            || (mode == Some("Terminating") && !profile.allows_terminate);
        if is_misplaced && !context.is_in_live_body(target) {
            let message = "this state does not support targets of this kind";
            findings.push_invalid(&format!("{at}.dispatchingType"), message);
        }
    }
    let is_listed = |name: &str| targets.iter().any(|target| target["type"] == name);
    let mut required = vec!["VoiceMailTerminatingTarget"];
    if profile.requires_announcement {
        required.push("PlayAnnouncementTerminatingTarget");
    }
    for name in required {
        if !is_listed(name) {
            findings.push_invalid(&targets_at, format_args!("{name} must be listed"));
        }
    }
    for (key, mode, is_allowed, is_required) in [
        (
            "ringingTargetType",
            "Ringing",
            profile.allows_no_answer,
            profile.requires_no_answer(*kind),
        ),
        (
            "terminatingTargetType",
            "Terminating",
            profile.allows_terminate,
            profile.requires_terminate(*kind),
        ),
    ] {
        let at = format!("{at}.{key}");
        match action.get(key) {
            None if is_required => findings.push_invalid(&at, "must name a listed target"),
            Some(_) if !is_allowed => {
                findings.push_invalid(&at, "this state does not support targets of this kind");
            }
            Some(name) if !names_listed_target(targets, name, mode) => {
                findings.push_invalid(
                    &at,
                    format_args!("must name a target that is listed for {mode}"),
                );
            }
            _ => {}
        }
    }
}

/// Returns whether a target of this type is listed for this mode. Voicemail counts for both modes.
/// \[docs\]
fn names_listed_target(targets: &[Value], name: &Value, mode: &str) -> bool {
    name.is_string()
        && targets.iter().any(|target| {
            let has_mode =
                *name == "VoiceMailTerminatingTarget" || target["dispatchingType"] == mode;
            target["type"] == *name && has_mode
        })
}

/// Checks a greeting. `preset.id` is always required, `custom.id` only for a custom greeting.
/// \[spec, docs\]
pub(super) fn check_greeting(findings: &mut BodyFindings, greeting: Option<&Value>, at: &str) {
    let Some(greeting) = findings.require_object(greeting, at) else {
        return;
    };
    let kind_at = format!("{at}.effectiveGreetingType");
    let kind = findings.require_one_of(
        greeting.get("effectiveGreetingType"),
        &kind_at,
        &["Custom", "Preset"],
    );
    let id = |key: &str| greeting.get(key).and_then(|part| part.get("id"));
    findings.require_text(id("preset"), &format!("{at}.preset.id"));
    if kind == Some("Custom") || greeting.contains_key("custom") {
        findings.require_text(id("custom"), &format!("{at}.custom.id"));
    }
}

#[cfg(test)]
mod tests;
