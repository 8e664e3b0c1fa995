//! Forms of responses that real accounts or the guide show, but that differ from the
//! specification. A form changes how responses are written, not what is stored, and an account that
//! responds in a form accepts it in requests.

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::{Map, Number, Value, json};

use super::super::checks::schedule::parse_date_time;
use super::super::defaults::DAYS;
use super::super::json::{items_mut, remove, set_default, targets_mut};

/// Name of numbers that were added in the RingCentral app without one. \[field\]
const EXTERNAL_NAME: &str = "__EXTERNAL_NUMBER__";
/// The text that [`ResponseForm::OwnLabels`] appends to the names of targets.
const LABEL_SUFFIX: &str = " (label)";
/// Optional fields by type of action or target.
const OPTIONAL_FIELDS: [(&str, &[&str]); 7] = [
    ("RingGroupAction", &["customStartOffset"]),
    ("AllMobileRingTarget", &["extension"]),
    ("AllDesktopRingTarget", &["extension"]),
    ("DeviceRingTarget", &["extension"]),
    (
        "VoiceMailTerminatingTarget",
        &["extension", "dispatchingType"],
    ),
    ("PlayAnnouncementTerminatingTarget", &["extension"]),
    (
        "TerminatingAction",
        &["ringingTargetType", "terminatingTargetType"],
    ),
];

/// A form of responses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ResponseForm {
    /// Whole numbers are written as `20.0`.
    DecimalNumbers,
    /// Names are decomposed: Unicode's NFD.
    DecomposedNames,
    /// Called numbers are objects with `phoneNumber` and `name`. \[docs\]
    CalledNumberObjects,
    /// Phone numbers have no plus sign.
    NumbersWithoutPlus,
    /// Optional fields are null or empty instead of missing.
    NullFields,
    /// Ranges end at 00:00:00 of the next day instead of at 23:59:59.
    MidnightEnds,
    /// The list of features is a single object. \[docs\]
    SingleFeature,
    /// Lists of rules are in reverse order.
    ReversedRules,
    /// Targets whose names the service sets have labels.
    OwnLabels,
    /// Numbers without a name are called `__EXTERNAL_NUMBER__`. \[field\]
    ExternalNames,
}

impl ResponseForm {
    /// Writes the response to a request for this path in this form.
    pub(super) fn apply(self, path: &str, body: &mut Value) {
        match self {
            ResponseForm::SingleFeature => {
                if path.contains("/features")
                    && let Some(feature) = body["records"].get(0)
                {
                    *body = feature.clone();
                }
            }
            ResponseForm::ReversedRules => {
                if path.contains("-rules")
                    && let Some(Value::Array(rules)) = body.get_mut("records")
                {
                    rules.reverse();
                }
            }
            _ => visit_parts(body, "", &mut |key, part| self.apply_to_part(key, part)),
        }
    }

    /// Converts a request body from this form to the usual one.
    pub(super) fn revert(self, body: &mut Value) {
        visit_parts(body, "", &mut |key, part| self.revert_part(key, part));
    }

    fn apply_to_part(self, key: &str, part: &mut Value) {
        match (self, &mut *part) {
            (ResponseForm::DecimalNumbers, Value::Number(number)) => {
                let decimal = number.as_f64().and_then(Number::from_f64);
                if let Some(decimal) = decimal {
                    *number = decimal;
                }
            }
            (ResponseForm::DecomposedNames, Value::String(name)) if is_name(key) => {
                let normalizer = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd();
                *name = normalizer.normalize(name).into_owned();
            }
            (ResponseForm::CalledNumberObjects, Value::Array(numbers)) if key == "to" => {
                let texts = numbers.iter_mut().filter(|number| number.is_string());
                texts.for_each(|text| *text = json!({ "phoneNumber": text.take(), "name": "" }));
            }
            (ResponseForm::NumbersWithoutPlus, Value::String(text)) => {
                let digits = text.strip_prefix('+').filter(|digits| is_digits(digits));
                if let Some(digits) = digits {
                    *text = digits.to_owned();
                }
            }
            (ResponseForm::NullFields, Value::Object(fields)) => add_null_fields(key, fields),
            (ResponseForm::MidnightEnds, Value::String(text)) if key == "endDateTime" => {
                if let Some(midnight) = parse_date_time(text).and_then(midnight_after) {
                    *text = midnight.strftime("%Y-%m-%dT%H:%M:%S").to_string();
                }
            }
            (ResponseForm::OwnLabels, Value::Object(_)) if key == "dispatching" => {
                // Clients set the names of numbers and connectors.
                let labeled = targets_mut(part);
                for target in labeled.filter(|target| target.get("destination").is_none()) {
                    let name = target["name"].as_str().unwrap_or_default();
                    target["name"] = format!("{name}{LABEL_SUFFIX}").into();
                }
            }
            (ResponseForm::ExternalNames, Value::Object(_)) => name_external_numbers(part),
            _ => {}
        }
    }

    fn revert_part(self, key: &str, part: &mut Value) {
        match (self, &mut *part) {
            (ResponseForm::DecimalNumbers, Value::Number(number)) => {
                let text = number.to_string();
                let whole = text
                    .strip_suffix(".0")
                    .and_then(|text| text.parse::<i64>().ok());
                if let Some(whole) = whole {
                    *number = whole.into();
                }
            }
            (ResponseForm::CalledNumberObjects, Value::Array(numbers)) if key == "to" => {
                let objects = numbers.iter_mut().filter(|number| number.is_object());
                objects.for_each(|object| *object = object["phoneNumber"].take());
            }
            (ResponseForm::NumbersWithoutPlus, Value::String(digits))
                if matches!(key, "phoneNumber" | "to") && is_digits(digits) =>
            {
                digits.insert(0, '+');
            }
            (ResponseForm::NullFields, Value::Object(fields)) => {
                fields.retain(|_, field| !field.is_null());
            }
            (ResponseForm::OwnLabels, Value::String(name)) if key == "name" => {
                if let Some(own_name) = name.strip_suffix(LABEL_SUFFIX) {
                    *name = own_name.to_owned();
                }
            }
            (ResponseForm::ExternalNames, Value::Object(fields))
                if fields.get("name").is_some_and(|name| name == EXTERNAL_NAME) =>
            {
                fields.shift_remove("name");
            }
            _ => {}
        }
    }
}

/// Trims the names in a request body, replaces runs of white space by one space, and cuts them to
/// this number of characters.
pub(super) fn trim_names(body: &mut Value, length: Option<usize>) {
    visit_parts(body, "", &mut |key, part| {
        if let Value::String(name) = part
            && is_name(key)
        {
            let words: Vec<&str> = name.split_whitespace().collect();
            let collapsed = words.join(" ");
            let kept: String = collapsed
                .chars()
                .take(length.unwrap_or(usize::MAX))
                .collect();
            kept.trim_end().clone_into(name);
        }
    });
}

/// Removes the end of a list, so that it has this many records, or half of them. Its totals stay as
/// they are, and no page follows.
pub(super) fn shorten_list(body: &mut Value, kept: Option<usize>) {
    let Some(Value::Array(records)) = body.get_mut("records") else {
        return;
    };
    records.truncate(kept.unwrap_or(records.len() / 2));
    if let Some(pages) = body["paging"].get_mut("totalPages") {
        *pages = 1.into();
    }
    if let Some(navigation) = body.get_mut("navigation").and_then(Value::as_object_mut) {
        navigation.shift_remove("nextPage");
    }
}

/// Calls `change` for every part of a body with the key of the nearest object, inner parts last.
fn visit_parts(part: &mut Value, key: &str, change: &mut impl FnMut(&str, &mut Value)) {
    change(key, part);
    match part {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| visit_parts(item, key, change)),
        Value::Object(fields) => {
            for (key, field) in fields {
                visit_parts(field, key, change);
            }
        }
        _ => {}
    }
}

fn is_name(key: &str) -> bool {
    matches!(key, "name" | "displayName" | "firstName" | "lastName")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the midnight after a date-time in the last second of a day.
fn midnight_after(end: DateTime) -> Option<DateTime> {
    let is_last_second = end.time() == jiff::civil::time(23, 59, 59, 0);
    is_last_second
        .then(|| end.checked_add(1.second()).ok())
        .flatten()
}

/// Adds the optional fields that an object lacks: null, or an empty list for a day of the week.
fn add_null_fields(key: &str, fields: &mut Map<String, Value>) {
    let kind = fields.get("type").and_then(Value::as_str);
    let optional_fields = OPTIONAL_FIELDS.iter().find(|(name, _)| kind == Some(name));
    let mut missing: Vec<&str> = Vec::new();
    missing.extend(optional_fields.into_iter().flat_map(|(_, names)| *names));
    match key {
        "schedule" => missing.extend(["startDateTime", "endDateTime"]),
        "greeting" => missing.push("custom"),
        "contact" => missing.push("email"),
        "ranges" if !fields.contains_key("endDateTime") => {
            for day in DAYS {
                fields.entry(day).or_insert(json!([]));
            }
        }
        _ => {}
    }
    for name in missing {
        fields.entry(name).or_insert(Value::Null);
    }
}

/// Names the numbers without a name among callers and targets.
fn name_external_numbers(part: &mut Value) {
    for caller in items_mut(part, "from") {
        if caller["name"] == "" {
            remove(caller, "name");
        }
        set_default(caller, "name", EXTERNAL_NAME);
    }
    for target in items_mut(part, "targets") {
        let number = target["destination"]["phoneNumber"].clone();
        if number.is_string() {
            if target["name"] == "" || target["name"] == number {
                remove(target, "name");
            }
            set_default(target, "name", EXTERNAL_NAME);
        }
    }
}
