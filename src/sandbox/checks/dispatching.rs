//! A dispatching: its type, its actions, and how they hang together.

use serde_json::Value;

use super::{Findings, World, targets};
use crate::sandbox::defaults::is_greeting_action;

/// What a dispatching may say in the place it stands in: an interaction rule, or one of the states.
#[derive(Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) types: &'static [&'static str],
    /// Ring groups may be set, and both app groups must be.
    pub(crate) rings: bool,
    /// Greeting and screening actions may be set.
    pub(crate) greets: bool,
    /// A no-answer target (`Ringing`) may be set.
    pub(crate) no_answer: bool,
    /// An at-once target (`Terminating`) may be set.
    pub(crate) at_once: bool,
    /// Both targets must be named, whatever the dispatching type: after hours. \[docs\]
    pub(crate) needs_both: bool,
    /// `callTypes` means something here.
    pub(crate) takes_queue_calls: bool,
    /// The announcement target must be listed too: state rules always have its settings. \[docs\]
    pub(crate) announcement_required: bool,
}

/// Interaction rules may say everything. \[spec\]
pub(crate) const INTERACTION: Profile = Profile {
    types: &["RingAtOnce", "RingInOrder", "Terminate", "Custom"],
    rings: true,
    greets: true,
    no_answer: true,
    at_once: true,
    needs_both: false,
    takes_queue_calls: true,
    announcement_required: false,
};

impl Profile {
    /// Whether rules here end in a TerminatingAction: all but the agent state's. \[docs\]
    fn terminates(&self) -> bool {
        self.no_answer || self.at_once
    }

    /// Whether the no-answer target has to be named for this dispatching type.
    fn needs_no_answer(&self, kind: Option<&str>) -> bool {
        let rings = matches!(kind, Some("RingAtOnce" | "RingInOrder" | "Custom"));
        self.no_answer && (self.needs_both || rings)
    }

    /// Whether the at-once target has to be named for this dispatching type.
    fn needs_at_once(&self, kind: Option<&str>) -> bool {
        self.at_once && (self.needs_both || kind == Some("Terminate"))
    }
}

pub(crate) fn check(
    findings: &mut Findings,
    world: &World,
    value: Option<&Value>,
    profile: &Profile,
) {
    let at = "dispatching";
    let Some(dispatching) = findings.object(value, at) else {
        return;
    };
    let kind = dispatching.get("type").and_then(Value::as_str);
    let carried = kind.is_some_and(|kind| {
        world.live["dispatching"]["type"] == kind && !INTERACTION.types.contains(&kind)
    });
    if !carried {
        findings.one_of(dispatching.get("type"), "dispatching.type", profile.types);
    }
    check_call_types(findings, world, dispatching.get("callTypes"));
    let at = "dispatching.actions";
    let Some(actions) = findings.array(dispatching.get("actions"), at, 1) else {
        return;
    };
    for (i, action) in actions.iter().enumerate() {
        let place = Place {
            world,
            profile,
            kind,
        };
        check_action(findings, &place, action, &format!("{at}[{i}]"));
    }
    if profile.rings {
        check_apps(findings, world, actions, at);
    }
    let ends = actions
        .iter()
        .filter(|a| a["type"] == "TerminatingAction")
        .count();
    if profile.terminates() && ends != 1 {
        findings.invalid(at, "exactly one TerminatingAction is required");
    }
}

fn check_call_types(findings: &mut Findings, world: &World, call_types: Option<&Value>) {
    let at = "dispatching.callTypes";
    let Some(call_types) = call_types else { return };
    let Some(call_types) = findings.object(Some(call_types), at) else {
        return;
    };
    let at = "dispatching.callTypes.queueCallsIncluded";
    let included = findings.boolean(call_types.get("queueCallsIncluded"), at);
    if included == Some(true) && !world.account.account.queue_calls_in_rules {
        findings.unavailable(
            at,
            "queue calls in interaction rules are not available on this account",
        );
    }
}

struct Place<'a> {
    world: &'a World<'a>,
    profile: &'a Profile,
    kind: Option<&'a str>,
}

fn check_action(findings: &mut Findings, place: &Place, action: &Value, at: &str) {
    let Place {
        world,
        profile,
        kind,
    } = place;
    let type_at = format!("{at}.type");
    let refuse =
        |findings: &mut Findings| findings.invalid(&type_at, "this action is not allowed here");
    match action["type"].as_str().unwrap_or_default() {
        name if is_greeting_action(name) => {
            if !profile.greets {
                return refuse(findings);
            }
            let enabled = findings.boolean(action.get("enabled"), &format!("{at}.enabled"));
            let rings = matches!(kind, Some("RingAtOnce" | "RingInOrder"));
            if enabled == Some(true) && !rings {
                let message = "greetings are played only with RingAtOnce or RingInOrder";
                findings.invalid(&format!("{at}.enabled"), message);
            }
            check_greeting(findings, action.get("greeting"), &format!("{at}.greeting"));
        }
        "ScreeningAction" => {
            if !profile.greets {
                return refuse(findings);
            }
            check_screening(findings, action, at);
        }
        "RingGroupAction" | "RingAlwaysGroupAction" if !profile.rings => refuse(findings),
        "RingGroupAction" => {
            findings.boolean(action.get("enabled"), &format!("{at}.enabled"));
            findings.number(action.get("duration"), &format!("{at}.duration"), 1);
            if let Some(offset) = action.get("customStartOffset") {
                findings.number(Some(offset), &format!("{at}.customStartOffset"), 0);
            }
            let at = format!("{at}.targets");
            let targets = findings.array(action.get("targets"), &at, 1);
            for (i, target) in targets.into_iter().flatten().enumerate() {
                targets::check_ring(findings, world, target, &format!("{at}[{i}]"));
            }
        }
        "RingAlwaysGroupAction" => check_ring_always(findings, world, action, at),
        "TerminatingAction" if !profile.terminates() => refuse(findings),
        "TerminatingAction" => check_terminating(findings, place, action, at),
        _ if world.stands_already(action) => {}
        _ => findings.invalid(&type_at, "no such action"),
    }
}

fn check_screening(findings: &mut Findings, action: &Value, at: &str) {
    const WHO: [&str; 3] = ["NoCallerId", "UnknownCallerId", "Always"];
    const HOW: [&str; 2] = ["AskToAnswer", "PlayCallerNameOnly"];
    findings.boolean(action.get("enabled"), &format!("{at}.enabled"));
    findings.one_of(action.get("screening"), &format!("{at}.screening"), &WHO);
    if let Some(how) = action.get("screeningResult") {
        findings.one_of(Some(how), &format!("{at}.screeningResult"), &HOW);
    }
}

fn check_ring_always(findings: &mut Findings, world: &World, action: &Value, at: &str) {
    findings.boolean(action.get("enabled"), &format!("{at}.enabled"));
    let at = format!("{at}.targets");
    let Some(targets) = findings.array(action.get("targets"), &at, 1) else {
        return;
    };
    if targets.len() > 2 {
        findings.invalid(&at, "at most two targets");
    }
    for (i, target) in targets.iter().enumerate() {
        let at = format!("{at}[{i}]");
        if targets::is_app(target) {
            targets::check_ring(findings, world, target, &at);
        } else if !world.stands_already(target) {
            findings.invalid(
                &format!("{at}.type"),
                "AllDesktopRingTarget or AllMobileRingTarget is required",
            );
        }
    }
}

/// The user's own apps must be in a ring group, to be silenced by `enabled: false`, or ring throughout, but
/// not both. \[docs\]
fn check_apps(findings: &mut Findings, world: &World, actions: &[Value], at: &str) {
    for app in targets::APPS {
        let place_of = |kind: &str| {
            actions.iter().position(|action| {
                let targets = action["targets"].as_array();
                let is_own = |target: &Value| targets::is_own_app(target, app, world.extension);
                action["type"] == kind && targets.is_some_and(|targets| targets.iter().any(is_own))
            })
        };
        match (
            place_of("RingGroupAction"),
            place_of("RingAlwaysGroupAction"),
        ) {
            (None, None) => {
                let message = format_args!(
                    "a ring group for {app} must be present; silence it with enabled: false"
                );
                findings.invalid(at, message);
            }
            (Some(_), Some(always)) => {
                let message = format_args!(
                    "{app} rings throughout, so it must not be in a RingGroupAction too"
                );
                findings.invalid(&format!("{at}[{always}].targets"), message);
            }
            _ => {}
        }
    }
}

fn check_terminating(findings: &mut Findings, place: &Place, action: &Value, at: &str) {
    let Place {
        world,
        profile,
        kind,
    } = place;
    let targets_at = format!("{at}.targets");
    let Some(targets) = findings.array(action.get("targets"), &targets_at, 1) else {
        return;
    };
    for (i, target) in targets.iter().enumerate() {
        let at = format!("{targets_at}[{i}]");
        targets::check_terminating(findings, world, target, &at);
        let mode = target["dispatchingType"].as_str();
        let misplaced = (mode == Some("Ringing") && !profile.no_answer)
            || (mode == Some("Terminating") && !profile.at_once);
        if misplaced && !world.stands_already(target) {
            let message = "this state has no target of this kind";
            findings.invalid(&format!("{at}.dispatchingType"), message);
        }
    }
    let lists = |name: &str| targets.iter().any(|target| target["type"] == name);
    let mut required = vec!["VoiceMailTerminatingTarget"];
    if profile.announcement_required {
        required.push("PlayAnnouncementTerminatingTarget");
    }
    for name in required {
        if !lists(name) {
            findings.invalid(&targets_at, format_args!("{name} must be listed"));
        }
    }
    for (key, mode, allowed, needed) in [
        (
            "ringingTargetType",
            "Ringing",
            profile.no_answer,
            profile.needs_no_answer(*kind),
        ),
        (
            "terminatingTargetType",
            "Terminating",
            profile.at_once,
            profile.needs_at_once(*kind),
        ),
    ] {
        let at = format!("{at}.{key}");
        match action.get(key) {
            None if needed => findings.invalid(&at, "must name a listed target"),
            None => {}
            Some(_) if !allowed => findings.invalid(&at, "this state has no target of this kind"),
            Some(name) if !names_listed_target(targets, name, mode) => {
                findings.invalid(
                    &at,
                    format_args!("must name a target that is listed for {mode}"),
                );
            }
            Some(_) => {}
        }
    }
}

/// Voicemail counts for both modes; every other target has to be listed for this one. \[docs\]
fn names_listed_target(targets: &[Value], name: &Value, mode: &str) -> bool {
    name.is_string()
        && targets.iter().any(|target| {
            let serves = *name == "VoiceMailTerminatingTarget" || target["dispatchingType"] == mode;
            target["type"] == *name && serves
        })
}

/// `preset.id` is always required, `custom.id` where the greeting is a custom one. \[spec, docs\]
pub(super) fn check_greeting(findings: &mut Findings, greeting: Option<&Value>, at: &str) {
    let Some(greeting) = findings.object(greeting, at) else {
        return;
    };
    let kind_at = format!("{at}.effectiveGreetingType");
    let kind = findings.one_of(
        greeting.get("effectiveGreetingType"),
        &kind_at,
        &["Custom", "Preset"],
    );
    let id = |key: &str| greeting.get(key).and_then(|part| part.get("id"));
    findings.text(id("preset"), &format!("{at}.preset.id"));
    if kind == Some("Custom") || greeting.contains_key("custom") {
        findings.text(id("custom"), &format!("{at}.custom.id"));
    }
}

#[cfg(test)]
mod tests;
