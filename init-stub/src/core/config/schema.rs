//! Checks a document against `schema/machine/v1.json` by interpreting its rules: the contract is the code, so the
//! two cannot drift. Only the keywords that the file uses exist here; a test refuses a file with any other.

use super::json::{self, Json, step};
use super::refusal::{Refusal, Verdict};

/// The contract itself, as text in the binary: `npm run gen` leaves out what only people read, which is more than half of it.
pub(super) const SCHEMA: &str = include_str!("schema/machine.json");

/// Accepts the document or tells the first thing that is wrong with it.
pub fn check(document: &Json) -> Verdict {
    let root =
        json::read(SCHEMA.as_bytes()).map_err(|e| Refusal::new("", format!("keel-init's schema: {}", e.message)))?;
    Schema { root: &root }.value(&root, document, "")
}

struct Schema<'a> {
    root: &'a Json,
}

impl Schema<'_> {
    fn value(&self, schema: &Json, value: &Json, pointer: &str) -> Verdict {
        let schema = self.resolve(schema);
        if let Some(wanted) = schema.get("type").and_then(Json::text) {
            of_type(wanted, value, pointer)?;
        }
        one_of_values(schema, value, pointer)?;
        match value {
            Json::Text(text) => of_text(schema, text, pointer),
            Json::Integer(number) => of_number(schema, *number, pointer),
            Json::List(list) => self.of_list(schema, list, pointer),
            Json::Object(members) => self.of_object(schema, value, members, pointer),
            Json::Null | Json::Bool(_) => Ok(()),
        }
    }

    /// Follows `$ref`, which is always `#/definitions/<name>`.
    fn resolve<'b>(&'b self, schema: &'b Json) -> &'b Json {
        schema
            .get("$ref")
            .and_then(Json::text)
            .and_then(|name| name.strip_prefix("#/definitions/"))
            .and_then(|name| self.root.get("definitions")?.get(name))
            .unwrap_or(schema)
    }

    fn of_list(&self, schema: &Json, list: &[Json], pointer: &str) -> Verdict {
        bounds(schema, ["minItems", "maxItems"], list.len(), "entries", pointer)?;
        let Some(items) = schema.get("items") else { return Ok(()) };
        list.iter().enumerate().try_for_each(|(i, item)| self.value(items, item, &step(pointer, &i.to_string())))
    }

    fn of_object(&self, schema: &Json, value: &Json, members: &[(String, Json)], pointer: &str) -> Verdict {
        bounds(schema, ["minProperties", "maxProperties"], members.len(), "keys", pointer)?;
        if let Some(Json::List(variants)) = schema.get("oneOf") {
            let tag = schema.get("discriminator").and_then(|d| d.get("propertyName")).and_then(Json::text);
            return self.value(variant(variants, tag.unwrap_or_default(), value, pointer)?, value, pointer);
        }
        let Some(Json::Object(properties)) = schema.get("properties") else { return Ok(()) };
        // Constants first: a document of another version or kind is reported as that, not by its unknown keys.
        for (name, property) in properties.iter().filter(|(_, property)| property.get("const").is_some()) {
            if let Some(member) = value.get(name) {
                self.value(property, member, &step(pointer, name))?;
            }
        }
        if let Some((name, _)) = members.iter().find(|(name, _)| !properties.iter().any(|(known, _)| known == name)) {
            return Err(Refusal::new(step(pointer, name), "the key is unknown"));
        }
        if let Some(Json::List(required)) = schema.get("required") {
            if let Some(name) = required.iter().filter_map(Json::text).find(|name| value.get(name).is_none()) {
                return Err(Refusal::new(pointer, format!("the key \"{name}\" is missing")));
            }
        }
        properties
            .iter()
            .filter_map(|(name, property)| Some((name, property, value.get(name)?)))
            .try_for_each(|(name, property, member)| self.value(property, member, &step(pointer, name)))
    }
}

/// The one variant whose tag has the value's tag as its constant.
fn variant<'a>(variants: &'a [Json], tag: &str, value: &Json, pointer: &str) -> Result<&'a Json, Refusal> {
    let constant = |variant: &'a Json| variant.get("properties")?.get(tag)?.get("const");
    let Some(found) = value.get(tag) else {
        return Err(Refusal::new(pointer, format!("the key \"{tag}\" is missing")));
    };
    variants.iter().find(|v| constant(v) == Some(found)).ok_or_else(|| {
        let known: Vec<_> = variants.iter().filter_map(constant).filter_map(Json::text).collect();
        Refusal::new(step(pointer, tag), format!("must be one of: {}", known.join(", ")))
    })
}

fn of_type(wanted: &str, value: &Json, pointer: &str) -> Verdict {
    let found = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Integer(_) => "integer",
        Json::Text(_) => "string",
        Json::List(_) => "array",
        Json::Object(_) => "object",
    };
    if wanted == found { Ok(()) } else { Err(Refusal::new(pointer, format!("must be of type {wanted}, not {found}"))) }
}

/// `const` and `enum`; all of their values are strings.
fn one_of_values(schema: &Json, value: &Json, pointer: &str) -> Verdict {
    if let Some(wanted) = schema.get("const").filter(|wanted| *wanted != value) {
        return Err(Refusal::new(pointer, format!("must be \"{}\"", wanted.text().unwrap_or_default())));
    }
    match schema.get("enum") {
        Some(Json::List(known)) if !known.contains(value) => {
            let known: Vec<_> = known.iter().filter_map(Json::text).collect();
            Err(Refusal::new(pointer, format!("must be one of: {}", known.join(", "))))
        }
        _ => Ok(()),
    }
}

fn of_text(schema: &Json, text: &str, pointer: &str) -> Verdict {
    // JSON Schema counts characters (code points), not bytes and not UTF-16 units.
    bounds(schema, ["minLength", "maxLength"], text.chars().count(), "characters", pointer)?;
    match schema.get("format").and_then(Json::text) {
        Some("ip") if text.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_string() == text) => Ok(()),
        Some("ip") => Err(Refusal::new(pointer, "must be an IP address like 192.0.2.1 or 2001:db8::1")),
        Some(_) if text.parse::<std::net::Ipv4Addr>().is_err() => {
            Err(Refusal::new(pointer, "must be an IPv4 address like 192.0.2.1"))
        }
        _ => Ok(()),
    }
}

fn of_number(schema: &Json, number: i64, pointer: &str) -> Verdict {
    match (schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")) {
        (Some(Json::Integer(minimum)), _, _) if number < *minimum => {
            Err(Refusal::new(pointer, format!("must be at least {minimum}")))
        }
        (_, Some(Json::Integer(maximum)), _) if number > *maximum => {
            Err(Refusal::new(pointer, format!("must be at most {maximum}")))
        }
        (_, _, Some(Json::Integer(step))) if number.checked_rem(*step) != Some(0) => {
            Err(Refusal::new(pointer, format!("must be a multiple of {step}")))
        }
        _ => Ok(()),
    }
}

/// `min…`/`max…` of a length.
fn bounds(schema: &Json, [min, max]: [&str; 2], length: usize, of: &str, pointer: &str) -> Verdict {
    let bound = |key: &str| match schema.get(key) {
        Some(Json::Integer(bound)) => usize::try_from(*bound).ok(),
        _ => None,
    };
    if let Some(least) = bound(min).filter(|least| length < *least) {
        return Err(Refusal::new(pointer, format!("must have at least {least} {of}")));
    }
    if let Some(most) = bound(max).filter(|most| length > *most) {
        return Err(Refusal::new(pointer, format!("must have at most {most} {of}")));
    }
    Ok(())
}
