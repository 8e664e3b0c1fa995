//! Resolves dispatchings: ring groups, destinations, greetings and screening.

use super::{FileResolver, raw_definition};
use crate::config::types::{
    self, DestinationForm, DestinationKeyword, DestinationSpec, DispatchTypeSpec, GreetingForm,
    IntegrationSpec, PromptSpec, RingTargetForm, RingTargetKeyword, RingTargetSpec,
    ScreeningResult, ScreeningSpec, ScreeningWhen, Shorthand, VoicemailForm, is_id,
};
use crate::config::validate::conflicting_voicemail_finding;
use crate::model::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, ExtensionId,
    GreetingSetting, GreetingSource, GreetingUsage, RingGroup, RingTarget,
};
use crate::yaml::YamlPath;

impl FileResolver<'_> {
    pub(super) fn resolve_dispatching(
        &mut self,
        declared: &types::DispatchingSpec,
        at: &YamlPath,
    ) -> CallDispatching {
        let types::DispatchingSpec {
            kind,
            greeting,
            connecting_message,
            connecting_audio,
            screening,
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
                .map(|(i, group)| self.resolve_ring_group(group, &at.item(i)))
                .collect()
        });
        let ring_always = ring_always.as_ref().map(|targets| {
            let targets = targets.iter().enumerate();
            let at = at.key("ringAlways");
            targets
                .map(|(i, target)| self.resolve_ring_target(target, &at.item(i)))
                .collect()
        });
        let mut resolve_usage = |usage: GreetingUsage, spec: &Option<PromptSpec>| {
            let at = at.key(usage.as_str());
            spec.as_ref()
                .map(|spec| self.resolve_prompt(spec, usage, &at))
        };
        let greeting = resolve_usage(GreetingUsage::Greeting, greeting);
        let connecting_message =
            resolve_usage(GreetingUsage::ConnectingMessage, connecting_message);
        let connecting_audio = resolve_usage(GreetingUsage::ConnectingAudio, connecting_audio);
        let findings_before = self.findings.len();
        let mut resolve_key = |key: &str, spec: &Option<DestinationSpec>| {
            spec.as_ref()
                .map(|spec| self.resolve_destination(spec, &at.key(key)))
        };
        let no_answer = resolve_key("noAnswer", no_answer);
        let terminate = resolve_key("terminate", terminate);
        if self.findings.len() == findings_before
            && !is_single_voicemail(no_answer.as_ref(), terminate.as_ref())
        {
            self.findings.push(conflicting_voicemail_finding(at));
        }
        CallDispatching {
            no_answer,
            terminate,
            dispatch_type: kind.map(to_dispatch_type),
            greeting,
            connecting_message,
            connecting_audio,
            screening: screening.as_ref().map(resolve_screening),
            ring,
            ring_always,
            other: actions.iter().flatten().map(raw_definition).collect(),
        }
    }

    fn resolve_ring_group(&mut self, group: &types::RingGroupSpec, at: &YamlPath) -> RingGroup {
        let at = at.key("targets");
        let targets = group.targets.iter().enumerate();
        RingGroup {
            enabled: group.enabled.unwrap_or(true),
            seconds: Some(group.seconds.into()),
            start_offset: group.start_offset.unwrap_or(0).into(),
            targets: targets
                .map(|(i, target)| self.resolve_ring_target(target, &at.item(i)))
                .collect(),
        }
    }

    pub(super) fn resolve_ring_target(
        &mut self,
        target: &RingTargetSpec,
        at: &YamlPath,
    ) -> RingTarget {
        let form = match target {
            Shorthand::Word(RingTargetKeyword::MobileApps) => {
                return RingTarget::Apps {
                    platform: AppPlatform::Mobile,
                    owner: None,
                };
            }
            Shorthand::Word(RingTargetKeyword::DesktopApps) => {
                return RingTarget::Apps {
                    platform: AppPlatform::Desktop,
                    owner: None,
                };
            }
            Shorthand::Word(RingTargetKeyword::Hotdesk) => return RingTarget::Hotdesk,
            Shorthand::Api(api) => return RingTarget::Other(raw_definition(api)),
            Shorthand::Form(form) => form,
        };
        match &**form {
            RingTargetForm {
                coworker: Some(person),
                ..
            } => RingTarget::Coworker(self.resolve_extension(person, &at.key("coworker"))),
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
                let owner = extension
                    .as_ref()
                    .map(|person| self.resolve_extension(person, &at.key("extension")));
                let device_owner = owner.clone().or_else(|| self.owner.clone());
                RingTarget::Device {
                    id: self.resolve_device(device, device_owner.as_ref(), &at.key("device")),
                    owner,
                }
            }
            RingTargetForm {
                mobile_apps_of: Some(person),
                ..
            } => RingTarget::Apps {
                platform: AppPlatform::Mobile,
                owner: Some(self.resolve_extension(person, &at.key("mobileAppsOf"))),
            },
            RingTargetForm {
                desktop_apps_of: Some(person),
                ..
            } => RingTarget::Apps {
                platform: AppPlatform::Desktop,
                owner: Some(self.resolve_extension(person, &at.key("desktopAppsOf"))),
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
                IntegrationSpec::MsTeamsDirectRouting => "MsTeamsDirectRouting".to_owned(),
                IntegrationSpec::FmcLite => "FmcLite".to_owned(),
            }),
            RingTargetForm {
                cloud_connector: Some(connector),
                ..
            } => RingTarget::CloudConnector(resolve_cloud_connector(connector)),
            // Validation rejects a map without a target.
            _ => RingTarget::Hotdesk,
        }
    }

    pub(super) fn resolve_destination(
        &mut self,
        spec: &DestinationSpec,
        at: &YamlPath,
    ) -> CallDestination {
        let form = match spec {
            Shorthand::Word(DestinationKeyword::Voicemail) => {
                return CallDestination::Voicemail {
                    owner: None,
                    greeting: None,
                };
            }
            Shorthand::Word(DestinationKeyword::Announcement) => {
                return CallDestination::Announcement { greeting: None };
            }
            Shorthand::Api(api) => return CallDestination::Other(raw_definition(api)),
            Shorthand::Form(form) => form,
        };
        match &**form {
            DestinationForm {
                announcement: Some(form),
                ..
            } => CallDestination::Announcement {
                greeting: self.resolve_greeting(
                    form,
                    GreetingUsage::Announcement,
                    &at.key("announcement"),
                ),
            },
            DestinationForm {
                extension: Some(person),
                ..
            } => CallDestination::Extension(self.resolve_extension(person, &at.key("extension"))),
            DestinationForm {
                phone_number: Some(number),
                name,
                ..
            } => CallDestination::PhoneNumber {
                number: number.0.clone(),
                name: name.clone(),
            },
            DestinationForm {
                cloud_connector: Some(connector),
                ..
            } => CallDestination::CloudConnector(resolve_cloud_connector(connector)),
            DestinationForm { voicemail, .. } => {
                let VoicemailForm {
                    preset,
                    custom,
                    extension,
                } = voicemail.clone().unwrap_or_default();
                let at = at.key("voicemail");
                let greeting = GreetingForm { preset, custom };
                CallDestination::Voicemail {
                    owner: extension
                        .as_ref()
                        .map(|person| self.resolve_extension(person, &at.key("extension"))),
                    greeting: self.resolve_greeting(&greeting, GreetingUsage::Voicemail, &at),
                }
            }
        }
    }

    fn resolve_prompt(
        &mut self,
        spec: &PromptSpec,
        usage: GreetingUsage,
        at: &YamlPath,
    ) -> GreetingSetting {
        match spec {
            Shorthand::Word(types::PromptKeyword::None) => GreetingSetting::Off,
            Shorthand::Form(form) => match self.resolve_greeting(form, usage, at) {
                Some(greeting) => GreetingSetting::On(greeting),
                // Validation rejects a map without a target.
                None => GreetingSetting::Off,
            },
            Shorthand::Api(never) => match *never {},
        }
    }

    fn resolve_greeting(
        &mut self,
        form: &GreetingForm,
        usage: GreetingUsage,
        at: &YamlPath,
    ) -> Option<GreetingSource> {
        let GreetingForm { preset, custom } = form;
        let custom = custom
            .as_ref()
            .map(|id| GreetingSource::Custom(id.0.clone()));
        custom.or_else(|| {
            let preset = preset.as_ref()?;
            Some(GreetingSource::Preset(self.resolve_preset(
                preset,
                usage,
                &at.key("preset"),
            )))
        })
    }
}

/// Returns whether `noAnswer` and `terminate` can share a voicemail, of which RingCentral keeps
/// only one for both. Only ids of the account are compared, because different numbers and names can
/// refer to the same extension.
fn is_single_voicemail(
    no_answer: Option<&CallDestination>,
    terminate: Option<&CallDestination>,
) -> bool {
    match (no_answer, terminate) {
        (
            Some(CallDestination::Voicemail { owner, greeting }),
            Some(CallDestination::Voicemail {
                owner: other_owner,
                greeting: other_greeting,
            }),
        ) => {
            is_single_mailbox(owner.as_ref(), other_owner.as_ref())
                && is_single_greeting(greeting.as_ref(), other_greeting.as_ref())
        }
        _ => true,
    }
}

fn is_single_mailbox(one: Option<&ExtensionId>, other: Option<&ExtensionId>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) if one.is_account_id() && other.is_account_id() => one == other,
        (one, other) => one.is_some() == other.is_some(),
    }
}

fn is_single_greeting(one: Option<&GreetingSource>, other: Option<&GreetingSource>) -> bool {
    match (one, other) {
        (None, _) | (_, None) => true,
        (Some(GreetingSource::Preset(one)), Some(GreetingSource::Preset(other)))
            if !(is_id(one) && is_id(other)) =>
        {
            true
        }
        (one, other) => one == other,
    }
}

fn to_dispatch_type(kind: DispatchTypeSpec) -> crate::model::DispatchType {
    match kind {
        DispatchTypeSpec::RingAtOnce => crate::model::DispatchType::RingAtOnce,
        DispatchTypeSpec::RingInOrder => crate::model::DispatchType::RingInOrder,
        DispatchTypeSpec::Custom => crate::model::DispatchType::Custom,
        DispatchTypeSpec::Terminate => crate::model::DispatchType::Terminate,
    }
}

fn resolve_screening(spec: &ScreeningSpec) -> CallScreening {
    match spec {
        Shorthand::Word(types::PromptKeyword::None) => CallScreening::Off,
        Shorthand::Form(form) => CallScreening::On {
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
        Shorthand::Api(never) => match *never {},
    }
}

fn resolve_cloud_connector(form: &types::CloudConnectorForm) -> CloudConnector {
    CloudConnector {
        integration_id: form.integration_id.clone(),
        extension_number: form.extension_number.clone(),
        phone_number: form.phone_number.as_ref().map(|n| n.0.clone()),
        name: Some(form.name.clone()),
    }
}
