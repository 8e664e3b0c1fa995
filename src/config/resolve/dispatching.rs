//! What happens to a call.

use super::{Resolver, raw};
use crate::config::check::one_voicemail;
use crate::config::types::{
    self, DestinationForm, DestinationSpec, DestinationWord, DispatchType, GreetingForm,
    Integration, PromptSpec, RingTargetForm, RingTargetSpec, RingTargetWord, ScreeningResult,
    ScreeningSpec, ScreeningWhen, Shape, VoicemailForm, is_id,
};
use crate::model::{
    App, CloudConnector, Destination, Dispatching, ExtensionId, Greeting, GreetingPlace, Prompt,
    RingGroup, RingTarget, Screening,
};
use crate::yaml::Path;

impl Resolver<'_> {
    pub(super) fn dispatching(&mut self, declared: &types::Dispatching, at: &Path) -> Dispatching {
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
        let mut plays = |place: GreetingPlace, spec: &Option<PromptSpec>| {
            let at = at.key(place.as_str());
            spec.as_ref().map(|spec| self.prompt(spec, place, &at))
        };
        let greeting = plays(GreetingPlace::Greeting, greeting);
        let connecting_message = plays(GreetingPlace::ConnectingMessage, connecting_message);
        let connecting_audio = plays(GreetingPlace::ConnectingAudio, connecting_audio);
        let mistakes = self.found.len();
        let mut goes_to = |key: &str, spec: &Option<DestinationSpec>| {
            spec.as_ref()
                .map(|spec| self.destination(spec, &at.key(key)))
        };
        let no_answer = goes_to("noAnswer", no_answer);
        let at_once = goes_to("terminate", terminate);
        if self.found.len() == mistakes && !agree(no_answer.as_ref(), at_once.as_ref()) {
            self.found.push(one_voicemail(at));
        }
        Dispatching {
            no_answer,
            at_once,
            kind: kind.map(dispatch_type),
            greeting,
            connecting_message,
            connecting_audio,
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

    pub(super) fn ring_target(&mut self, target: &RingTargetSpec, at: &Path) -> RingTarget {
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
        match &**form {
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
            } => {
                let of = extension
                    .as_ref()
                    .map(|of| self.person(of, &at.key("extension")));
                let owner = of.clone().or_else(|| self.owner.clone());
                RingTarget::Device {
                    id: self.device(device, owner.as_ref(), &at.key("device")),
                    of,
                }
            }
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

    pub(super) fn destination(&mut self, spec: &DestinationSpec, at: &Path) -> Destination {
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
        match &**form {
            DestinationForm {
                announcement: Some(form),
                ..
            } => Destination::Announcement {
                greeting: self.greeting(form, GreetingPlace::Announcement, &at.key("announcement")),
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
                let at = at.key("voicemail");
                let recording = GreetingForm { preset, custom };
                Destination::Voicemail {
                    of: extension
                        .as_ref()
                        .map(|of| self.person(of, &at.key("extension"))),
                    greeting: self.greeting(&recording, GreetingPlace::Voicemail, &at),
                }
            }
        }
    }

    fn prompt(&mut self, spec: &PromptSpec, place: GreetingPlace, at: &Path) -> Prompt {
        match spec {
            Shape::Word(types::PromptWord::None) => Prompt::Off,
            Shape::Form(form) => match self.greeting(form, place, at) {
                Some(greeting) => Prompt::On(greeting),
                // The check has refused a form that names nothing.
                None => Prompt::Off,
            },
            Shape::Api(never) => match *never {},
        }
    }

    fn greeting(
        &mut self,
        form: &GreetingForm,
        place: GreetingPlace,
        at: &Path,
    ) -> Option<Greeting> {
        let GreetingForm { preset, custom } = form;
        let custom = custom.as_ref().map(|id| Greeting::Custom(id.0.clone()));
        custom.or_else(|| {
            let preset = preset.as_ref()?;
            Some(Greeting::Preset(self.preset(
                preset,
                place,
                &at.key("preset"),
            )))
        })
    }
}

/// Whether both modes describe the one voicemail that the service keeps for them. Numbers and names
/// that look different may mean the same, and the other way round: only the ids of an account tell.
fn agree(no_answer: Option<&Destination>, at_once: Option<&Destination>) -> bool {
    match (no_answer, at_once) {
        (
            Some(Destination::Voicemail { of, greeting }),
            Some(Destination::Voicemail {
                of: other_of,
                greeting: other,
            }),
        ) => one_box(of.as_ref(), other_of.as_ref()) && one_greeting(greeting, other),
        _ => true,
    }
}

fn one_box(one: Option<&ExtensionId>, other: Option<&ExtensionId>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if one.is_given() && other.is_given() => one == other,
        (one, other) => one.is_some() == other.is_some(),
    }
}

fn one_greeting(one: &Option<Greeting>, other: &Option<Greeting>) -> bool {
    match (one, other) {
        (None, _) | (_, None) => true,
        (Some(Greeting::Preset(one)), Some(Greeting::Preset(other)))
            if !(is_id(one) && is_id(other)) =>
        {
            true
        }
        (one, other) => one == other,
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
