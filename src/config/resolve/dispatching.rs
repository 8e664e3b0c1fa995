//! Resolves dispatchings: ring groups, destinations, greetings and screening.

use super::{FileResolver, raw_definition};
use crate::config::types::{
    self, DestinationForm, DestinationKeyword, DestinationSpec, ExtensionRef, GreetingForm,
    IntegrationSpec, PromptSpec, RingTargetForm, RingTargetKeyword, RingTargetSpec,
    ScreeningResult, ScreeningSpec, ScreeningWhen, Shorthand, VoicemailForm, is_id,
};
use crate::config::validate::conflicting_voicemail_finding;
use crate::model::{
    AppPlatform, CallDestination, CallDispatching, CallScreening, CloudConnector, ExtensionId,
    GreetingSetting, GreetingSource, GreetingUsage, NameListKey, RingGroup, RingTarget,
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
        let ring_always = ring_always.as_ref();
        let ring_always =
            ring_always.map(|targets| self.resolve_ring_targets(targets, &at.key("ringAlways")));
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
            dispatch_type: kind.map(Into::into),
            greeting,
            connecting_message,
            connecting_audio,
            screening: screening.as_ref().map(resolve_screening),
            ring,
            ring_always,
            only_own_targets_ring: false,
            other: actions.iter().flatten().map(raw_definition).collect(),
        }
    }

    fn resolve_ring_group(&mut self, group: &types::RingGroupSpec, at: &YamlPath) -> RingGroup {
        RingGroup {
            enabled: group.enabled.unwrap_or(true),
            seconds: Some(group.seconds.into()),
            start_offset: group.start_offset.unwrap_or(0).into(),
            targets: self.resolve_ring_targets(&group.targets, &at.key("targets")),
        }
    }

    pub(super) fn resolve_ring_targets(
        &mut self,
        targets: &[RingTargetSpec],
        at: &YamlPath,
    ) -> Vec<RingTarget> {
        let targets = targets.iter().enumerate();
        targets
            .map(|(index, target)| self.resolve_ring_target(target, &at.item(index)))
            .collect()
    }

    fn resolve_ring_target(&mut self, target: &RingTargetSpec, at: &YamlPath) -> RingTarget {
        let apps = |platform: AppPlatform, owner: Option<ExtensionId>| RingTarget::Apps {
            platform,
            owner,
        };
        let form = match target {
            Shorthand::Keyword(RingTargetKeyword::MobileApps) => {
                return apps(AppPlatform::Mobile, None);
            }
            Shorthand::Keyword(RingTargetKeyword::DesktopApps) => {
                return apps(AppPlatform::Desktop, None);
            }
            Shorthand::Keyword(RingTargetKeyword::DeskPhones) => return RingTarget::DeskPhones,
            Shorthand::Keyword(RingTargetKeyword::Hotdesk) => return RingTarget::Hotdesk,
            Shorthand::Raw(api) => return RingTarget::Other(raw_definition(api)),
            Shorthand::Map(form) => form,
        };
        let RingTargetForm {
            coworker,
            phone_number,
            name,
            device,
            extension,
            mobile_apps_of,
            desktop_apps_of,
            ims_phone_number,
            fmc_phone_number,
            integration,
            cloud_connector,
        } = &**form;
        let mut resolve_key = |key: &str, extension: &Option<ExtensionRef>| {
            let extension = extension.as_ref()?;
            Some(self.resolve_extension(extension, &at.key(key)))
        };
        if let Some(id) = resolve_key("coworker", coworker) {
            RingTarget::Coworker(id)
        } else if let Some(number) = phone_number {
            RingTarget::PhoneNumber {
                number: number.0.clone(),
                name: name.clone(),
            }
        } else if let Some(device) = device {
            let owner = resolve_key("extension", extension);
            let device_owner = owner.clone().or_else(|| self.owner.clone());
            RingTarget::Device {
                id: self.resolve_device(device, device_owner.as_ref(), &at.key("device")),
                owner,
            }
        } else if let Some(id) = resolve_key("mobileAppsOf", mobile_apps_of) {
            apps(AppPlatform::Mobile, Some(id))
        } else if let Some(id) = resolve_key("desktopAppsOf", desktop_apps_of) {
            apps(AppPlatform::Desktop, Some(id))
        } else if let Some(number) = ims_phone_number {
            RingTarget::ImsPhoneNumber(number.0.clone())
        } else if let Some(number) = fmc_phone_number {
            RingTarget::FmcPhoneNumber(number.0.clone())
        } else if let Some(integration) = integration {
            RingTarget::Integration(match integration {
                IntegrationSpec::MsTeamsDirectRouting => "MsTeamsDirectRouting".to_owned(),
                IntegrationSpec::FmcLite => "FmcLite".to_owned(),
            })
        } else if let Some(connector) = cloud_connector {
            RingTarget::CloudConnector(resolve_cloud_connector(connector))
        } else {
            // Validation rejects a map without a target.
            RingTarget::Hotdesk
        }
    }

    pub(super) fn resolve_destination(
        &mut self,
        spec: &DestinationSpec,
        at: &YamlPath,
    ) -> CallDestination {
        let form = match spec {
            Shorthand::Keyword(DestinationKeyword::Voicemail) => &DestinationForm::default(),
            Shorthand::Keyword(DestinationKeyword::Announcement) => {
                return CallDestination::Announcement { greeting: None };
            }
            Shorthand::Raw(api) => return CallDestination::Other(raw_definition(api)),
            Shorthand::Map(form) => &**form,
        };
        let DestinationForm {
            voicemail,
            announcement,
            extension,
            phone_number,
            name,
            cloud_connector,
        } = form;
        if let Some(form) = announcement {
            let at = at.key("announcement");
            let greeting = self.resolve_greeting(form, GreetingUsage::Announcement, &at);
            CallDestination::Announcement { greeting }
        } else if let Some(extension) = extension {
            CallDestination::Extension(self.resolve_extension(extension, &at.key("extension")))
        } else if let Some(number) = phone_number {
            CallDestination::PhoneNumber {
                number: number.0.clone(),
                name: name.clone(),
            }
        } else if let Some(connector) = cloud_connector {
            CallDestination::CloudConnector(resolve_cloud_connector(connector))
        } else {
            let VoicemailForm {
                preset,
                custom,
                extension,
            } = voicemail.clone().unwrap_or_default();
            let at = at.key("voicemail");
            let owner = extension.as_ref();
            CallDestination::Voicemail {
                owner: owner.map(|owner| self.resolve_extension(owner, &at.key("extension"))),
                greeting: self.resolve_greeting(
                    &GreetingForm { preset, custom },
                    GreetingUsage::Voicemail,
                    &at,
                ),
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
            Shorthand::Keyword(types::PromptKeyword::None) => GreetingSetting::Off,
            // Validation rejects a map without a greeting.
            Shorthand::Map(form) => self
                .resolve_greeting(form, usage, at)
                .map_or(GreetingSetting::Off, GreetingSetting::On),
            Shorthand::Raw(never) => match *never {},
        }
    }

    fn resolve_greeting(
        &mut self,
        form: &GreetingForm,
        usage: GreetingUsage,
        at: &YamlPath,
    ) -> Option<GreetingSource> {
        if let Some(id) = &form.custom {
            return Some(GreetingSource::Custom(id.0.clone()));
        }
        let preset = form.preset.as_ref()?;
        let list = NameListKey::Greetings(usage);
        let id = self.resolve_named_id(&preset.0, list, &at.key("preset"));
        Some(GreetingSource::Preset(id))
    }
}

/// Returns whether `noAnswer` and `terminate` can share a voicemail, of which RingCentral keeps
/// only one for both. Only ids of the account are compared, because different numbers and names can
/// refer to the same extension.
fn is_single_voicemail(
    no_answer: Option<&CallDestination>,
    terminate: Option<&CallDestination>,
) -> bool {
    use CallDestination::Voicemail;
    let (Some(Voicemail { owner, greeting }), Some(other)) = (no_answer, terminate) else {
        return true;
    };
    let Voicemail {
        owner: other_owner,
        greeting: other_greeting,
    } = other
    else {
        return true;
    };
    let is_single_mailbox = match (owner, other_owner) {
        (Some(one), Some(other)) if one.is_account_id() && other.is_account_id() => one == other,
        (one, other) => one.is_some() == other.is_some(),
    };
    let is_single_greeting = match (greeting, other_greeting) {
        (None, _) | (_, None) => true,
        (Some(GreetingSource::Preset(one)), Some(GreetingSource::Preset(other))) => {
            one == other || !is_id(one) || !is_id(other)
        }
        (one, other) => one == other,
    };
    is_single_mailbox && is_single_greeting
}

fn resolve_screening(spec: &ScreeningSpec) -> CallScreening {
    match spec {
        Shorthand::Keyword(types::PromptKeyword::None) => CallScreening::Off,
        Shorthand::Map(form) => CallScreening::On {
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
        Shorthand::Raw(never) => match *never {},
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
