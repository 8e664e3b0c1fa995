//! From what a person typed to what it means: names become ids, short forms normal forms.
//!
//! Goes on after every mistake, so that all of them are told at once.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Finding;
use super::types::{
    self, Api, CallerIdForm, ConditionState, DateOrTime, DateRangeForm, DestinationForm,
    DestinationSpec, DestinationWord, DispatchType, GreetingForm, Integration, InteractionRule,
    PersonRef, PromptSpec, RingTargetForm, RingTargetSpec, RingTargetWord, ScreeningResult,
    ScreeningSpec, ScreeningWhen, Shape, Spans, States, UserFile, VoicemailForm,
};
use crate::diagnostic::Code;
use crate::model::{
    App, CallerId, CloudConnector, Conditions, DateRange, DateTime, Day, DesiredRule, DesiredState,
    DesiredUser, Destination, Directory, Dispatching, Extension, ExtensionId, Greeting, Ownership,
    Prompt, Prune, RingGroup, RingTarget, Rule, Schedule, Screening, State, StateId, StateSchedule,
    TimeSpan, Week,
};
use crate::yaml::Path;

/// What a user file means on an account, or everything that it says and the account does not know.
pub type Resolved = Result<DesiredUser, Vec<Finding>>;

/// Looks up every name of a checked user file. `prune` is what the repository says about undeclared
/// rules; the file may say otherwise.
pub fn resolve(file: &UserFile, prune: types::Prune, directory: &Directory) -> Resolved {
    let mut resolver = Resolver {
        directory,
        found: Vec::new(),
    };
    let top = Path::top();
    let id = resolver.user(file, &top);
    let rules = file.interaction_rules.as_ref().map(|rules| {
        let at = top.key("interactionRules");
        let rules = rules.iter().map(|(name, rule)| match rule {
            Some(rule) => resolver.rule(name, rule, &at.key(name)),
            None => DesiredRule::Absent { name: name.clone() },
        });
        rules.collect()
    });
    let states = match &file.states {
        Some(states) => resolver.states(states, &top.key("states")),
        None => Vec::new(),
    };
    match id {
        Some(id) if resolver.found.is_empty() => Ok(DesiredUser {
            id,
            rules,
            ownership: ownership(file, prune),
            states,
        }),
        _ => Err(resolver.found),
    }
}

/// Whose file this is, where the account knows exactly one such user.
pub fn identify(file: &UserFile, directory: &Directory) -> Option<ExtensionId> {
    let mut resolver = Resolver {
        directory,
        found: Vec::new(),
    };
    resolver.user(file, &Path::top())
}

/// Whether a selector (an extension number, an e-mail address, or `id:` and an id) names the owner of
/// a file: by what the file says, or by what the account knows.
pub fn names(
    selector: &str,
    owner: Option<&ExtensionId>,
    file: &UserFile,
    directory: &Directory,
) -> bool {
    let UserFile {
        extension,
        email,
        id,
        ..
    } = file;
    let says = extension.as_ref().is_some_and(|own| own.0 == selector)
        || email
            .as_ref()
            .is_some_and(|own| own.0.eq_ignore_ascii_case(selector))
        || id
            .as_ref()
            .is_some_and(|own| selector.strip_prefix("id:") == Some(own.0.as_str()));
    let known = || {
        let owner = owner.and_then(|owner| directory.by_id(owner));
        owner.is_some_and(|owner| owner.is_named(selector))
    };
    says || known()
}

fn ownership(file: &UserFile, prune: types::Prune) -> Ownership {
    let mut ignore = GlobSetBuilder::new();
    for pattern in file.ignore.iter().flatten() {
        // The check has refused what is no pattern.
        if let Ok(glob) = Glob::new(pattern) {
            ignore.add(glob);
        }
    }
    Ownership {
        prune: match file.prune.unwrap_or(prune) {
            types::Prune::All => Prune::All,
            types::Prune::None => Prune::None,
        },
        ignore: ignore.build().unwrap_or_else(|_| GlobSet::empty()),
    }
}

struct Resolver<'a> {
    directory: &'a Directory,
    found: Vec<Finding>,
}

impl Resolver<'_> {
    fn user(&mut self, file: &UserFile, top: &Path) -> Option<ExtensionId> {
        let (key, name) = match file {
            UserFile {
                extension: Some(number),
                ..
            } => ("extension", number.0.clone()),
            UserFile {
                email: Some(email), ..
            } => ("email", email.0.clone()),
            UserFile { id: Some(id), .. } => ("id", format!("id:{}", id.0)),
            _ => return None,
        };
        let at = top.key(key);
        let extension = self.lookup(&name, &at, Extension::has_rules)?;
        if extension.has_rules() {
            return Some(extension.id.clone());
        }
        let message = format!(
            "{} is a {}, which has no call handling rules",
            extension.label(),
            extension.kind
        );
        let finding = Finding::new(Code::NoRules, at.value(), message);
        self.found.push(finding.help("only users have them"));
        None
    }

    fn person(&mut self, person: &PersonRef, at: &Path) -> ExtensionId {
        match self.lookup(&person.0, at, |_| true) {
            Some(extension) => extension.id.clone(),
            // Noted as a finding: the value is never used.
            None => ExtensionId(String::new()),
        }
    }

    /// The one extension of that name. Of several, only the likely ones count: a queue may have its
    /// manager's address.
    fn lookup(
        &mut self,
        name: &str,
        at: &Path,
        is_likely: impl Fn(&Extension) -> bool,
    ) -> Option<Extension> {
        let directory = self.directory;
        let mut candidates: Vec<&Extension> = match name.strip_prefix("id:") {
            Some(id) => directory
                .by_id(&ExtensionId(id.to_owned()))
                .into_iter()
                .collect(),
            None if name.contains('@') => directory.by_email(name),
            None => directory.by_number(name),
        };
        if candidates.len() > 1 {
            candidates.retain(|extension| is_likely(extension));
        }
        match candidates[..] {
            [one] => return Some(one.clone()),
            [] => {
                let message = format!("nobody on the account is `{name}`");
                let finding = Finding::new(Code::UnknownPerson, at.value(), message);
                self.found.push(finding.help(nearest(name, directory)));
            }
            _ => {
                let message = format!("`{name}` is the name of {}", candidates.len());
                let all: Vec<String> = candidates.iter().map(|e| introduce(e)).collect();
                let finding = Finding::new(Code::AmbiguousPerson, at.value(), message);
                self.found
                    .push(finding.help(format!("say which one by its id: {}", all.join(", "))));
            }
        }
        None
    }

    fn rule(&mut self, key: &str, rule: &InteractionRule, at: &Path) -> DesiredRule {
        let InteractionRule {
            enabled,
            conditions: declared,
            queue_calls_included,
            dispatching,
            renamed_from,
            id,
            name,
        } = rule;
        DesiredRule::Present {
            key: key.to_owned(),
            rule: Box::new(Rule {
                name: name.clone().unwrap_or_else(|| key.to_owned()),
                enabled: *enabled,
                conditions: declared.as_ref().map(conditions),
                queue_calls_included: *queue_calls_included,
                dispatching: dispatching
                    .as_ref()
                    .map(|d| self.dispatching(d, &at.key("dispatching"))),
            }),
            id: id.as_ref().map(|id| id.0.clone()),
            renamed_from: renamed_from.clone(),
        }
    }

    fn states(&mut self, states: &States, at: &Path) -> Vec<DesiredState> {
        let States {
            forward_all_calls,
            dnd,
            agent,
            work_hours,
            after_hours,
        } = states;
        let declared = [
            (StateId::FORWARD_ALL_CALLS, forward_all_calls),
            (StateId::DND, dnd),
            (StateId::AGENT, agent),
            (StateId::WORK_HOURS, work_hours),
            (StateId::AFTER_HOURS, after_hours),
        ];
        let mut desired = Vec::new();
        for (id, state) in declared {
            let Some(state) = state else { continue };
            let schedule_of = |spec: &types::StateScheduleSpec| match spec {
                Shape::Word(types::StateScheduleWord::WorkHours) => {
                    StateSchedule::Inherited(StateId::WORK_HOURS.into())
                }
                Shape::Form(declared) => StateSchedule::Own(Box::new(schedule(declared))),
                Shape::Api(never) => match *never {},
            };
            let at = at.key(id).key("dispatching");
            desired.push(DesiredState {
                id: id.into(),
                state: State {
                    enabled: state.enabled,
                    schedule: state.schedule.as_ref().map(schedule_of),
                },
                dispatching: state.dispatching.as_ref().map(|d| self.dispatching(d, &at)),
            });
        }
        desired
    }

    fn dispatching(&mut self, declared: &types::Dispatching, at: &Path) -> Dispatching {
        let types::Dispatching {
            kind,
            greeting,
            connecting_message,
            connecting_audio,
            screening: declared_screening,
            ring,
            ring_always,
            no_answer,
            terminate,
            actions,
        } = declared;
        let ring = ring.as_ref().map(|groups| {
            let groups = groups.iter().enumerate();
            let at = at.key("ring");
            groups
                .map(|(i, group)| self.ring_group(group, &at.item(i)))
                .collect()
        });
        let ring_always = ring_always.as_ref().map(|targets| {
            let targets = targets.iter().enumerate();
            let at = at.key("ringAlways");
            targets
                .map(|(i, target)| self.ring_target(target, &at.item(i)))
                .collect()
        });
        let mut goes_to = |key: &str, spec: &Option<DestinationSpec>| {
            spec.as_ref()
                .map(|spec| self.destination(spec, &at.key(key)))
        };
        Dispatching {
            no_answer: goes_to("noAnswer", no_answer),
            at_once: goes_to("terminate", terminate),
            kind: kind.map(dispatch_type),
            greeting: greeting.as_ref().map(prompt),
            connecting_message: connecting_message.as_ref().map(prompt),
            connecting_audio: connecting_audio.as_ref().map(prompt),
            screening: declared_screening.as_ref().map(screening),
            ring,
            ring_always,
            other: actions.iter().flatten().map(raw).collect(),
        }
    }

    fn ring_group(&mut self, group: &types::RingGroup, at: &Path) -> RingGroup {
        let at = at.key("targets");
        let targets = group.targets.iter().enumerate();
        RingGroup {
            enabled: group.enabled.unwrap_or(true),
            seconds: Some(group.seconds.into()),
            start_offset: group.start_offset.unwrap_or(0).into(),
            targets: targets
                .map(|(i, target)| self.ring_target(target, &at.item(i)))
                .collect(),
        }
    }

    fn ring_target(&mut self, target: &RingTargetSpec, at: &Path) -> RingTarget {
        let form = match target {
            Shape::Word(RingTargetWord::MobileApps) => {
                return RingTarget::Apps {
                    app: App::Mobile,
                    of: None,
                };
            }
            Shape::Word(RingTargetWord::DesktopApps) => {
                return RingTarget::Apps {
                    app: App::Desktop,
                    of: None,
                };
            }
            Shape::Word(RingTargetWord::Hotdesk) => return RingTarget::Hotdesk,
            Shape::Api(api) => return RingTarget::Other(raw(api)),
            Shape::Form(form) => form,
        };
        match form {
            RingTargetForm {
                coworker: Some(person),
                ..
            } => RingTarget::Coworker(self.person(person, &at.key("coworker"))),
            RingTargetForm {
                phone_number: Some(number),
                name,
                ..
            } => RingTarget::PhoneNumber {
                number: number.0.clone(),
                name: name.clone(),
            },
            RingTargetForm {
                device: Some(device),
                extension,
                ..
            } => RingTarget::Device {
                id: device.0.clone(),
                of: extension
                    .as_ref()
                    .map(|of| self.person(of, &at.key("extension"))),
            },
            RingTargetForm {
                mobile_apps_of: Some(person),
                ..
            } => RingTarget::Apps {
                app: App::Mobile,
                of: Some(self.person(person, &at.key("mobileAppsOf"))),
            },
            RingTargetForm {
                desktop_apps_of: Some(person),
                ..
            } => RingTarget::Apps {
                app: App::Desktop,
                of: Some(self.person(person, &at.key("desktopAppsOf"))),
            },
            RingTargetForm {
                ims_phone_number: Some(number),
                ..
            } => RingTarget::ImsPhoneNumber(number.0.clone()),
            RingTargetForm {
                fmc_phone_number: Some(number),
                ..
            } => RingTarget::FmcPhoneNumber(number.0.clone()),
            RingTargetForm {
                integration: Some(integration),
                ..
            } => RingTarget::Integration(match integration {
                Integration::MsTeamsDirectRouting => "MsTeamsDirectRouting".to_owned(),
                Integration::FmcLite => "FmcLite".to_owned(),
            }),
            RingTargetForm {
                cloud_connector: Some(connector),
                ..
            } => RingTarget::CloudConnector(cloud_connector(connector)),
            // The check has refused a form that names nothing.
            _ => RingTarget::Hotdesk,
        }
    }

    fn destination(&mut self, spec: &DestinationSpec, at: &Path) -> Destination {
        let form = match spec {
            Shape::Word(DestinationWord::Voicemail) => {
                return Destination::Voicemail {
                    of: None,
                    greeting: None,
                };
            }
            Shape::Word(DestinationWord::Announcement) => {
                return Destination::Announcement { greeting: None };
            }
            Shape::Api(api) => return Destination::Other(raw(api)),
            Shape::Form(form) => form,
        };
        match form {
            DestinationForm {
                announcement: Some(form),
                ..
            } => Destination::Announcement {
                greeting: greeting(form.preset.as_ref(), form.custom.as_ref()),
            },
            DestinationForm {
                extension: Some(person),
                ..
            } => Destination::Extension(self.person(person, &at.key("extension"))),
            DestinationForm {
                phone_number: Some(number),
                name,
                ..
            } => Destination::PhoneNumber {
                number: number.0.clone(),
                name: name.clone(),
            },
            DestinationForm {
                cloud_connector: Some(connector),
                ..
            } => Destination::CloudConnector(cloud_connector(connector)),
            DestinationForm { voicemail, .. } => {
                let VoicemailForm {
                    preset,
                    custom,
                    extension,
                } = voicemail.clone().unwrap_or_default();
                let at = at.key("voicemail").key("extension");
                Destination::Voicemail {
                    of: extension.as_ref().map(|of| self.person(of, &at)),
                    greeting: greeting(preset.as_ref(), custom.as_ref()),
                }
            }
        }
    }
}

fn conditions(declared: &types::Conditions) -> Conditions {
    let types::Conditions {
        caller_ids,
        called_numbers,
        schedule: times,
        state,
        other,
    } = declared;
    let caller = |spec: &types::CallerIdSpec| match spec {
        Shape::Word(number) => CallerId {
            number: number.0.clone(),
            name: None,
        },
        Shape::Form(CallerIdForm { phone_number, name }) => CallerId {
            number: phone_number.0.clone(),
            name: name.clone(),
        },
        Shape::Api(never) => match *never {},
    };
    let state_id = |state: ConditionState| match state {
        ConditionState::WorkHours => StateId::WORK_HOURS.into(),
        ConditionState::AfterHours => StateId::AFTER_HOURS.into(),
    };
    Conditions {
        caller_ids: caller_ids.iter().flatten().map(caller).collect(),
        called_numbers: called_numbers
            .iter()
            .flatten()
            .map(|n| n.0.clone())
            .collect(),
        schedule: times.as_ref().map(schedule),
        state: state.map(state_id),
        other: other.iter().flatten().map(raw).collect(),
    }
    .normal()
}

fn schedule(declared: &types::Schedule) -> Schedule {
    let types::Schedule {
        daily,
        weekly,
        ranges,
        start,
        end,
        other,
    } = declared;
    let mut week = Week::default();
    for (days, spans) in weekly.iter().flat_map(|weekly| &weekly.0) {
        add(&mut week, &days.0, spans);
    }
    if let Some(spans) = daily {
        add(&mut week, &Day::ALL, spans);
    }
    let ranges = ranges.iter().flatten().filter_map(|range| match range {
        Shape::Word(day) => Some(DateRange {
            start: Some(moment(day, true)?),
            end: moment(day, false)?,
        }),
        Shape::Form(DateRangeForm { start, end }) => Some(DateRange {
            start: match start {
                Some(start) => Some(moment(start, true)?),
                None => None,
            },
            end: moment(end, false)?,
        }),
        Shape::Api(never) => match *never {},
    });
    let other = other.iter().flatten().cloned();
    Schedule {
        start: start.as_ref().and_then(|start| moment(start, true)),
        end: end.as_ref().and_then(|end| moment(end, false)),
        week: (daily.is_some() || weekly.is_some()).then_some(week),
        ranges: Vec::new(),
        other: other.map(serde_json::Value::Object).collect(),
    }
    .with_ranges(ranges.collect())
}

/// The check has refused what is no time: here it always is one.
fn moment(text: &DateOrTime, is_start: bool) -> Option<DateTime> {
    DateRange::parse_end(&text.0, is_start).ok()
}

fn add(week: &mut Week, days: &[Day], Spans(spans): &Spans) {
    for span in spans {
        // Reading the file has refused what is no span.
        let Ok((today, tomorrow)) = TimeSpan::parse(&span.0) else {
            continue;
        };
        for day in days {
            week.add(*day, &[today]);
            if let Some(tomorrow) = tomorrow {
                week.add(day.next(), &[tomorrow]);
            }
        }
    }
}

fn dispatch_type(kind: DispatchType) -> crate::model::DispatchType {
    match kind {
        DispatchType::RingAtOnce => crate::model::DispatchType::RingAtOnce,
        DispatchType::RingInOrder => crate::model::DispatchType::RingInOrder,
        DispatchType::Custom => crate::model::DispatchType::Custom,
        DispatchType::Terminate => crate::model::DispatchType::Terminate,
    }
}

fn prompt(spec: &PromptSpec) -> Prompt {
    match spec {
        Shape::Word(types::PromptWord::None) => Prompt::Off,
        Shape::Form(GreetingForm { preset, custom }) => {
            match greeting(preset.as_ref(), custom.as_ref()) {
                Some(greeting) => Prompt::On(greeting),
                // The check has refused a form that names nothing.
                None => Prompt::Off,
            }
        }
        Shape::Api(never) => match *never {},
    }
}

fn greeting(
    preset: Option<&types::GreetingId>,
    custom: Option<&types::GreetingId>,
) -> Option<Greeting> {
    let custom = custom.map(|id| Greeting::Custom(id.0.clone()));
    custom.or_else(|| preset.map(|id| Greeting::Preset(id.0.clone())))
}

fn screening(spec: &ScreeningSpec) -> Screening {
    match spec {
        Shape::Word(types::PromptWord::None) => Screening::Off,
        Shape::Form(form) => Screening::On {
            when: match form.when {
                ScreeningWhen::NoCallerId => "NoCallerId".to_owned(),
                ScreeningWhen::UnknownCallerId => "UnknownCallerId".to_owned(),
                ScreeningWhen::Always => "Always".to_owned(),
            },
            result: form.result.map(|result| match result {
                ScreeningResult::AskToAnswer => "AskToAnswer".to_owned(),
                ScreeningResult::PlayCallerNameOnly => "PlayCallerNameOnly".to_owned(),
            }),
        },
        Shape::Api(never) => match *never {},
    }
}

fn cloud_connector(form: &types::CloudConnectorForm) -> CloudConnector {
    CloudConnector {
        integration_id: form.integration_id.clone(),
        extension_number: form.extension_number.clone(),
        phone_number: form.phone_number.as_ref().map(|n| n.0.clone()),
        name: Some(form.name.clone()),
    }
}

fn raw(Api(map): &Api) -> serde_json::Value {
    serde_json::Value::Object(map.clone())
}

/// How an extension is told apart from others: `102 Priya Rao (id:63700001005)`.
fn introduce(extension: &Extension) -> String {
    let number = extension.number.as_deref().unwrap_or("no number");
    format!("{number} {} (id:{})", extension.name, extension.id)
}

/// The extensions whose number, address or id is nearest to a name that is nobody's.
fn nearest(name: &str, directory: &Directory) -> String {
    const OFFERED: usize = 3;
    let wanted = name.strip_prefix("id:").unwrap_or(name).to_lowercase();
    let distance = |extension: &Extension| {
        let Extension {
            id, number, email, ..
        } = extension;
        let own = match name {
            _ if name.starts_with("id:") => Some(id.0.clone()),
            _ if name.contains('@') => email.as_ref().map(|email| email.to_lowercase()),
            _ => number.clone(),
        };
        own.map(|own| strsim::damerau_levenshtein(&wanted, &own))
    };
    let mut near: Vec<(usize, &Extension)> = directory
        .all()
        .iter()
        .filter_map(|extension| Some((distance(extension)?, extension)))
        .filter(|(distance, _)| *distance <= 1 + wanted.chars().count() / 3)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let best = near.first().map_or(0, |(distance, _)| *distance);
    near.retain(|(distance, _)| *distance <= best + 1);
    near.truncate(OFFERED);
    if near.is_empty() {
        return format!(
            "the account has {} extensions, and none is like it",
            directory.all().len()
        );
    }
    let near: Vec<String> = near
        .iter()
        .map(|(_, extension)| introduce(extension))
        .collect();
    format!("the nearest are {}", near.join(", "))
}
