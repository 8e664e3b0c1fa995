//! What RingCentral demands of a rule, in one table: `validate` refuses files that break a demand,
//! or the program fulfills it by itself, and the sandbox refuses bodies that break it. The three
//! share no code.

use callrules::sandbox::SandboxOptions;
use serde_json::{Value, json};

use crate::sandbox::{ALEX_PATH, SandboxClient};
use crate::support::{TestEnv, single_user_seed};

/// How files deal with a demand.
enum InFiles {
    /// `validate` refuses these conditions and this dispatching with this code.
    Refused(&'static str, &'static str, &'static str),
    /// No file can break it, because the program adds or writes what is demanded.
    Fulfilled,
}
use InFiles::{Fulfilled, Refused};

struct Demand {
    name: &'static str,
    in_files: InFiles,
    /// Makes an accepted body break the demand.
    violate: fn(&mut Value),
    /// The sandbox's error code.
    refused_as: &'static str,
}

const CALLERS: &str = "{ callerIds: [\"+1650\"] }";
const RINGS: &str =
    "{ type: RingInOrder, ring: [{ targets: [mobileApps], seconds: 20 }], noAnswer: voicemail }";
const FORWARDS: &str = "{ type: Terminate, terminate: { phoneNumber: \"+14155550122\" } }";

/// Returns the actions of a body.
fn actions(body: &mut Value) -> &mut Vec<Value> {
    body["dispatching"]["actions"].as_array_mut().unwrap()
}

/// Returns the terminating action of a body.
fn terminating(body: &mut Value) -> &mut Value {
    actions(body).last_mut().unwrap()
}

/// Removes the ring group of this type of target.
fn remove_group(body: &mut Value, target: &str) {
    actions(body).retain(|action| action["targets"][0]["type"] != target);
}

const DEMANDS: [Demand; 14] = [
    Demand {
        name: "each own phone is listed",
        in_files: Fulfilled,
        violate: |body| remove_group(body, "DeviceRingTarget"),
        refused_as: "CMN-100",
    },
    Demand {
        name: "the mobile apps are listed",
        in_files: Fulfilled,
        violate: |body| remove_group(body, "AllMobileRingTarget"),
        refused_as: "CHF-211",
    },
    Demand {
        name: "the desktop apps are listed",
        in_files: Fulfilled,
        violate: |body| remove_group(body, "AllDesktopRingTarget"),
        refused_as: "CHF-212",
    },
    Demand {
        name: "no app is listed twice",
        in_files: Refused(
            "E0110",
            CALLERS,
            "{ type: RingInOrder, ring: [{ targets: [mobileApps], seconds: 20 }, { targets: [mobileApps], seconds: 25 }] }",
        ),
        violate: |body| {
            let group = actions(body)
                .iter()
                .find(|action| action["targets"][0]["type"] == "AllMobileRingTarget");
            let group = group.unwrap().clone();
            actions(body).insert(0, group);
        },
        refused_as: "CHF-211",
    },
    Demand {
        name: "an app that rings throughout is in no ring group",
        in_files: Refused(
            "E0110",
            CALLERS,
            "{ type: RingInOrder, ring: [{ targets: [mobileApps], seconds: 20 }], ringAlways: [mobileApps] }",
        ),
        violate: |body| {
            let always = json!({ "type": "RingAlwaysGroupAction", "enabled": true,
                "targets": [{ "type": "AllMobileRingTarget" }] });
            actions(body).insert(0, always);
        },
        refused_as: "CHF-211",
    },
    Demand {
        name: "voicemail is a target",
        in_files: Fulfilled,
        violate: |body| {
            terminating(body)["targets"] = json!([{ "type": "PhoneNumberTerminatingTarget",
                "dispatchingType": "Ringing", "destination": { "phoneNumber": "+14155550122" } }]);
        },
        refused_as: "CMN-101",
    },
    Demand {
        name: "the destination is a listed target",
        in_files: Fulfilled,
        violate: |body| {
            terminating(body)["ringingTargetType"] = json!("ExtensionTerminatingTarget");
        },
        refused_as: "CMN-101",
    },
    Demand {
        name: "a greeting is a preset or a custom one",
        in_files: Fulfilled,
        violate: |body| {
            let greeting = json!({ "effectiveGreetingType": "None", "preset": { "id": "66048" } });
            actions(body).insert(
                0,
                json!({ "type": "PlayWelcomePromptAction", "enabled": true,
                "greeting": greeting }),
            );
        },
        refused_as: "CMN-414",
    },
    Demand {
        name: "greetings play only while phones ring",
        in_files: Refused(
            "E0111",
            CALLERS,
            "{ type: Terminate, greeting: { preset: \"66048\" }, terminate: voicemail }",
        ),
        violate: |body| {
            body["dispatching"]["type"] = json!("Terminate");
            let greeting =
                json!({ "effectiveGreetingType": "Preset", "preset": { "id": "66048" } });
            actions(body).insert(
                0,
                json!({ "type": "PlayWelcomePromptAction", "enabled": true,
                "greeting": greeting }),
            );
        },
        refused_as: "CMN-101",
    },
    Demand {
        name: "a group has targets",
        in_files: Refused(
            "E0104",
            CALLERS,
            "{ type: RingInOrder, ring: [{ targets: [], seconds: 20 }] }",
        ),
        violate: |body| {
            let empty = json!({ "type": "RingGroupAction", "enabled": true, "duration": 20,
                "targets": [] });
            actions(body).insert(0, empty);
        },
        refused_as: "CMN-101",
    },
    Demand {
        name: "a rule has conditions",
        in_files: Refused("E0103", "{}", FORWARDS),
        violate: |body| body["conditions"] = json!([]),
        refused_as: "CMN-101",
    },
    Demand {
        name: "a state condition needs a number as well",
        in_files: Refused("E0107", "{ state: after-hours }", FORWARDS),
        violate: |body| {
            body["conditions"] = json!([{ "type": "State", "state": { "id": "after-hours" } }]);
        },
        refused_as: "CMN-101",
    },
    Demand {
        name: "numbers are in E.164 form",
        in_files: Refused("E0017", "{ callerIds: [\"650-555-0101\"] }", FORWARDS),
        violate: |body| body["conditions"][0]["from"][0]["phoneNumber"] = json!("650-555-0101"),
        refused_as: "CMN-101",
    },
    Demand {
        name: "the end of a time is after its start",
        in_files: Refused(
            "E0109",
            "{ schedule: { ranges: [{ start: 2026-12-26, end: 2026-12-24 }] } }",
            FORWARDS,
        ),
        violate: |body| {
            body["conditions"] = json!([{ "type": "Schedule", "schedule": { "triggers": [{
                "triggerType": "Range", "ranges": [{ "startDateTime": "2026-12-26T00:00:00",
                    "endDateTime": "2026-12-24T23:59:59" }] }] } }]);
        },
        refused_as: "CMN-101",
    },
];

fn write_rule(env: &TestEnv, conditions: &str, dispatching: &str) {
    let rule = format!(
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {conditions}\n    dispatching: {dispatching}\n"
    );
    env.write("users/alex.yaml", &rule);
}

#[tokio::test]
async fn files_and_sandbox_agree_about_what_is_demanded() {
    let seed = single_user_seed(json!([]));
    let sandbox = SandboxClient::start_with(seed.clone(), SandboxOptions::default()).await;
    let path = format!("{ALEX_PATH}/voice/interaction-rules");
    let (body, refused_files) = tokio::task::spawn_blocking(move || {
        let env = TestEnv::new(seed);
        let refusals = DEMANDS.map(|demand| {
            let Refused(code, conditions, dispatching) = demand.in_files else {
                return None;
            };
            write_rule(&env, conditions, dispatching);
            let run = env.run(&["validate", "--format", "json"]);
            let report: Value = serde_json::from_str(&run.out).unwrap();
            let found = report["diagnostics"].as_array().unwrap().iter();
            let found: Vec<String> = found
                .map(|found| found["code"].as_str().unwrap().to_owned())
                .filter(|found| found.starts_with('E'))
                .collect();
            (found != [code]).then(|| format!("{}: {found:?}", demand.name))
        });
        // The body that the program writes fulfills all demands.
        write_rule(&env, CALLERS, RINGS);
        let body = env.plan()["users"][0]["changes"][0]["request"]["body"].clone();
        env.apply();
        (body, refusals)
    })
    .await
    .unwrap();
    let mut wrong: Vec<String> = refused_files.into_iter().flatten().collect();
    for demand in DEMANDS {
        let mut violating = body.clone();
        (demand.violate)(&mut violating);
        assert_ne!(violating, body, "{}", demand.name);
        let response = sandbox.call("POST", &path, Some(&violating)).await;
        if response.status != 400 || response.code() != demand.refused_as {
            wrong.push(format!(
                "{}: {} {}",
                demand.name, response.status, response.body
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let response = sandbox.call("POST", &path, Some(&body)).await;
    assert!(response.status < 300, "{}", response.body);
}
