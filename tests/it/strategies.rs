//! Strategies that generate all kinds of rules for property tests.
//!
//! Generated rules name the users and devices of [`crate::support::single_user_seed`].

use std::sync::LazyLock;

use callrules::api::encode::RuleOwner;
use callrules::model::{
    AppPlatform, CallDestination, CallDispatching, CallSchedule, CallScreening, CallerId,
    CloudConnector, DateRange, DayOfWeek, DispatchType, ExtensionId, GreetingSetting,
    GreetingSource, RingGroup, RingTarget, RuleConditions, RuleDefinition, StateId, TimeSpan,
    WeeklyTimes,
};
use proptest::collection::{hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const COLLEAGUE: &str = "1002";
const QUEUE: &str = "1900";
const DEVICE: &str = "7001";

/// Generates complete rules, which can be created.
pub(crate) fn rule() -> impl Strategy<Value = RuleDefinition> {
    let parts = (
        any::<bool>(),
        conditions(),
        option::of(any::<bool>()),
        dispatching(),
    );
    parts.prop_map(
        |(enabled, conditions, queue_calls_included, dispatching)| RuleDefinition {
            name: "Rule".to_owned(),
            enabled: Some(enabled),
            conditions: Some(conditions),
            queue_calls_included,
            dispatching: Some(dispatching),
        },
    )
}

/// Generates parts of rules, which can only change an existing rule.
pub(crate) fn partial_rule() -> impl Strategy<Value = RuleDefinition> {
    (rule().boxed(), any::<[bool; 6]>()).prop_map(|(mut rule, drop)| {
        if let Some(dispatching) = rule.dispatching.as_mut().filter(|_| drop[0]) {
            // A rule without conditions has no type either.
            dispatching.dispatch_type = None;
            dispatching.greeting = None;
            dispatching.connecting_message = None;
            dispatching.connecting_audio = None;
            rule.conditions = None;
        }
        if let Some(dispatching) = &mut rule.dispatching {
            dispatching.ring = dispatching.ring.take().filter(|_| drop[1]);
            dispatching.no_answer = dispatching.no_answer.take().filter(|_| drop[2]);
        }
        rule.dispatching = rule.dispatching.filter(|_| drop[3]);
        rule.enabled = rule.enabled.filter(|_| drop[4]);
        rule
    })
}

pub(crate) fn conditions() -> impl Strategy<Value = RuleConditions> {
    let callers = hash_set(full_number(), 0..4).prop_flat_map(|numbers| {
        let names = vec(option::of(name()), numbers.len());
        names.prop_map(move |names| {
            let callers = numbers.clone().into_iter().zip(names);
            callers
                .map(|(number, name)| CallerId { number, name })
                .collect::<Vec<_>>()
        })
    });
    let state = option::of(select(vec![StateId::WORK_HOURS, StateId::AFTER_HOURS]));
    let parts = (
        callers,
        hash_set(full_number(), 0..3),
        option::of(schedule()),
        state,
    );
    parts.prop_filter_map(
        "a rule needs a condition",
        |(callers, called, schedule, state)| {
            let numbers = !callers.is_empty() || !called.is_empty();
            let conditions = RuleConditions {
                caller_ids: callers.into(),
                called_numbers: called.into_iter().collect(),
                schedule,
                state: state.filter(|_| numbers).map(StateId::from),
                other: Vec::new(),
            };
            (numbers || conditions.schedule.is_some()).then(|| conditions.without_duplicates())
        },
    )
}

pub(crate) fn schedule() -> impl Strategy<Value = CallSchedule> {
    let repeating = (week(), option::of(moment(2025)), option::of(moment(2027)));
    prop_oneof![
        repeating.prop_map(|(week, start, end)| CallSchedule {
            start,
            end,
            ..CallSchedule::weekly(week)
        }),
        vec(range(), 1..4).prop_map(|ranges| CallSchedule::default().with_ranges(ranges)),
    ]
}

pub(crate) fn week() -> impl Strategy<Value = WeeklyTimes> {
    let spans = || vec((0..20_u32, 1..4_u32), 1..3);
    let daily = spans().prop_map(|times| WeeklyTimes::every_day(&spans_of(&times)));
    let days = vec((0..7_usize, spans()), 1..5).prop_map(|days| {
        let mut week = WeeklyTimes::default();
        for (day, times) in days {
            week.add(DayOfWeek::ALL[day], &spans_of(&times));
        }
        week
    });
    prop_oneof![
        daily,
        days,
        Just(WeeklyTimes::every_day(&[TimeSpan::ALL_DAY]))
    ]
}

fn spans_of(times: &[(u32, u32)]) -> Vec<TimeSpan> {
    let span = |(start, hours): &(u32, u32)| {
        TimeSpan::parse(&format!("{start}:00-{}:30", start + hours))
            .unwrap()
            .0
    };
    times.iter().map(span).collect()
}

fn moment(year: i16) -> impl Strategy<Value = callrules::model::LocalDateTime> {
    (1..13_i8, 1..29_i8, 0..24_i8, 0..60_i8).prop_map(move |(month, day, hour, second)| {
        jiff::civil::date(year, month, day).at(hour, 0, second, 0)
    })
}

fn range() -> impl Strategy<Value = DateRange> {
    (moment(2026), moment(2027)).prop_map(|(start, end)| DateRange {
        start: Some(start),
        end,
    })
}

pub(crate) fn dispatching() -> impl Strategy<Value = CallDispatching> {
    let kinds = vec![
        DispatchType::RingAtOnce,
        DispatchType::RingInOrder,
        DispatchType::Custom,
        DispatchType::Terminate,
    ];
    let prompts = (
        option::of(prompt()),
        option::of(prompt()),
        option::of(prompt()),
    );
    let ringing = (
        option::of(vec(ring_group().boxed(), 1..4)),
        option::of(subsequence(AppPlatform::ALL.to_vec(), 0..=2)),
    );
    let destinations = (option::of(destination().boxed()), destination().boxed());
    (
        select(kinds),
        prompts,
        option::of(screening()),
        ringing,
        destinations,
    )
        .prop_map(
            |(kind, prompts, screening, (mut ring, always), (no_answer, at_once))| {
                let plays = matches!(kind, DispatchType::RingAtOnce | DispatchType::RingInOrder);
                let (greeting, connecting_message, connecting_audio) =
                    if plays { prompts } else { (None, None, None) };
                let own = |app: &AppPlatform| RingTarget::Apps {
                    platform: *app,
                    owner: None,
                };
                if let (Some(groups), Some(always)) = (&mut ring, &always) {
                    let throughout: Vec<RingTarget> = always.iter().map(own).collect();
                    for group in &mut *groups {
                        group.targets.retain(|target| !throughout.contains(target));
                    }
                    groups.retain(|group| !group.targets.is_empty());
                }
                list_own_targets_once(ring.iter_mut().flatten());
                let ring = ring.map(|mut groups| {
                    groups.retain(|group| !group.targets.is_empty());
                    groups
                });
                CallDispatching {
                    terminate: (kind == DispatchType::Terminate)
                        .then(|| unify_voicemail(at_once, no_answer.as_ref())),
                    dispatch_type: Some(kind),
                    greeting,
                    connecting_message,
                    connecting_audio,
                    screening,
                    ring: ring.filter(|groups| !groups.is_empty()),
                    ring_always: always.map(|always| always.iter().map(own).collect()),
                    no_answer,
                    only_own_targets_ring: false,
                    other: Vec::new(),
                }
            },
        )
}

/// Removes the user's own apps and phones from all groups but the first that lists them.
fn list_own_targets_once<'a>(groups: impl Iterator<Item = &'a mut RingGroup>) {
    let mut seen = Vec::new();
    for group in groups {
        group.targets.retain(|target| {
            let is_new = !target.is_own() || !seen.contains(target);
            seen.push(target.clone());
            is_new
        });
    }
}

/// Returns the owner of rules who has the device of the generated rules.
pub(crate) fn rule_owner(id: &ExtensionId) -> RuleOwner<'_> {
    static PHONES: LazyLock<[[String; 1]; 2]> =
        LazyLock::new(|| [DEVICE, "7003"].map(|id| [id.to_owned()]));
    RuleOwner {
        phones: &PHONES[usize::from(id.0 != "1001")],
        ..RuleOwner::for_comparison(id)
    }
}

/// Returns the voicemail of `no_answer` if both are one: RingCentral stores a single voicemail
/// target.
fn unify_voicemail(
    at_once: CallDestination,
    no_answer: Option<&CallDestination>,
) -> CallDestination {
    match (&at_once, no_answer) {
        (CallDestination::Voicemail { .. }, Some(other @ CallDestination::Voicemail { .. })) => {
            other.clone()
        }
        _ => at_once,
    }
}

fn prompt() -> impl Strategy<Value = GreetingSetting> {
    prop_oneof![
        Just(GreetingSetting::Off),
        greeting().prop_map(GreetingSetting::On)
    ]
}

fn greeting() -> impl Strategy<Value = GreetingSource> {
    prop_oneof![
        select(vec!["66048", "66310", "68867", "66816"])
            .prop_map(|id| GreetingSource::Preset(id.to_owned())),
        Just(GreetingSource::Custom("5072424004".to_owned())),
    ]
}

fn screening() -> impl Strategy<Value = CallScreening> {
    let when = select(vec!["NoCallerId", "UnknownCallerId", "Always"]);
    let result = option::of(select(vec!["AskToAnswer", "PlayCallerNameOnly"]));
    let on = (when, result).prop_map(|(when, result)| CallScreening::On {
        when: when.to_owned(),
        result: result.map(str::to_owned),
    });
    prop_oneof![Just(CallScreening::Off), on]
}

fn ring_group() -> impl Strategy<Value = RingGroup> {
    let parts = (any::<bool>(), 1..60_u64, vec(ring_target(), 1..4));
    parts.prop_map(|(enabled, seconds, mut targets)| {
        // A target rings only once in a group, also under another name.
        let without_name = |target: &RingTarget| match target.clone() {
            RingTarget::PhoneNumber { number, .. } => {
                RingTarget::PhoneNumber { number, name: None }
            }
            RingTarget::CloudConnector(connector) => RingTarget::CloudConnector(CloudConnector {
                name: None,
                ..connector
            }),
            other => other,
        };
        let mut seen = Vec::new();
        targets.retain(|target| {
            let target = without_name(target);
            let is_new = !seen.contains(&target);
            seen.push(target);
            is_new
        });
        RingGroup {
            enabled,
            seconds: Some(seconds),
            start_offset: 0,
            targets,
        }
    })
}

fn ring_target() -> impl Strategy<Value = RingTarget> {
    let apps = (
        select(AppPlatform::ALL.to_vec()),
        option::of(Just(ExtensionId(COLLEAGUE.to_owned()))),
    );
    prop_oneof![
        4 => apps.prop_map(|(app, of)| RingTarget::Apps { platform: app, owner: of }),
        1 => Just(RingTarget::Coworker(ExtensionId(COLLEAGUE.to_owned()))),
        2 => (full_number(), option::of(name())).prop_map(|(number, name)| RingTarget::PhoneNumber { number, name }),
        1 => Just(RingTarget::Device { id: DEVICE.to_owned(), owner: None }),
        1 => Just(RingTarget::Hotdesk),
        1 => full_number().prop_map(RingTarget::ImsPhoneNumber),
        1 => full_number().prop_map(RingTarget::FmcPhoneNumber),
        1 => Just(RingTarget::Integration("FmcLite".to_owned())),
        1 => cloud_connector().prop_map(RingTarget::CloudConnector),
    ]
}

pub(crate) fn destination() -> impl Strategy<Value = CallDestination> {
    let colleague = || option::of(Just(ExtensionId(COLLEAGUE.to_owned())));
    prop_oneof![
        (colleague(), option::of(greeting())).prop_map(|(of, greeting)| {
            CallDestination::Voicemail {
                owner: of,
                greeting,
            }
        }),
        option::of(greeting()).prop_map(|greeting| CallDestination::Announcement { greeting }),
        select(vec![COLLEAGUE, QUEUE])
            .prop_map(|id| CallDestination::Extension(ExtensionId(id.to_owned()))),
        (full_number(), option::of(name()))
            .prop_map(|(number, name)| CallDestination::PhoneNumber { number, name }),
        cloud_connector().prop_map(CallDestination::CloudConnector),
    ]
}

fn cloud_connector() -> impl Strategy<Value = CloudConnector> {
    (option::of(full_number()), name()).prop_map(|(phone_number, name)| CloudConnector {
        integration_id: "1111111".to_owned(),
        extension_number: phone_number.is_none().then(|| "88888".to_owned()),
        phone_number,
        name: Some(name),
    })
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["Cell", "Zoë's phone", "yes", "on: call", "# 7", "101"]).prop_map(str::to_owned)
}

fn full_number() -> impl Strategy<Value = String> {
    (0..10_u32).prop_map(|n| format!("+1650555010{n}"))
}
