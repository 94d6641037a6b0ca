//! What the document must hold, apart from being what the code says.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use crate::problem::PROBLEM_JSON;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// What is wrong with a document, one sentence for each place; empty when all is well.
///
/// Checked are: unique operation ids, known tags, a security requirement that names a declared
/// scheme or says explicitly that there is none, `If-Match` with 428, `Idempotency-Key` on each POST
/// behind the sign-in, problem answers, references that resolve, and descriptions of every
/// operation, parameter, answer, schema and property.
#[must_use]
pub fn faults(document: &Value) -> Vec<String> {
    let mut check = Check { document, faults: Vec::new() };
    check.operations();
    check.schemas();
    check.references(document, "#");
    check.faults
}

struct Check<'a> {
    document: &'a Value,
    faults: Vec<String>,
}

impl<'a> Check<'a> {
    fn fault(&mut self, place: &str, what: &str) {
        self.faults.push(format!("{place}: {what}"));
    }

    fn require(&mut self, holds: bool, place: &str, what: &str) {
        if !holds {
            self.fault(place, what);
        }
    }

    fn operations(&mut self) {
        let tags: HashSet<&str> = list(self.document, "/tags").filter_map(|tag| tag.get("name")?.as_str()).collect();
        let schemes: HashSet<&str> =
            entries(self.document, "/components/securitySchemes").map(|(name, _)| name).collect();
        let mut ids = HashSet::new();
        for (path, item) in entries(self.document, "/paths") {
            for (method, operation) in entries(item, "").filter(|(method, _)| METHODS.contains(method)) {
                let place = format!("{} {path}", method.to_uppercase());
                let id = text(operation, "operationId");
                self.require(!id.is_empty() && ids.insert(id), &place, "the operation id is missing or not unique");
                self.require(!text(operation, "summary").is_empty(), &place, "no summary");
                let own: Vec<_> = list(operation, "/tags").filter_map(Value::as_str).collect();
                self.require(
                    own.len() == 1 && own.iter().all(|tag| tags.contains(tag)),
                    &place,
                    "needs exactly one known tag",
                );
                self.security(&place, operation, &schemes);
                self.inputs(&place, operation);
                self.conditions(&place, method, operation);
                self.answers(&place, operation);
            }
        }
    }

    /// `security: [{}]` or `[]` says that an operation is open to all; silence says nothing.
    fn security(&mut self, place: &str, operation: &Value, schemes: &HashSet<&str>) {
        let Some(requirements) = operation.get("security").and_then(Value::as_array) else {
            return self.fault(place, "does not say whether it needs a sign-in");
        };
        for (name, _) in requirements.iter().flat_map(|requirement| entries(requirement, "")) {
            self.require(schemes.contains(name), place, &format!("requires the undeclared scheme `{name}`"));
        }
        let open = requirements.iter().all(|requirement| entries(requirement, "").next().is_none());
        let refuses = operation.pointer("/responses/401").is_some();
        self.require(open || refuses, place, "needs a sign-in but does not document 401");
    }

    fn inputs(&mut self, place: &str, operation: &Value) {
        for parameter in list(operation, "/parameters") {
            let described = !text(parameter, "description").is_empty();
            self.require(described, place, &format!("parameter `{}` is not described", text(parameter, "name")));
        }
        if let Some(body) = operation.get("requestBody") {
            self.require(body.get("content").is_some(), place, "the body has no schema");
            for status in ["413", "415", "422"] {
                self.require(
                    operation.pointer(&format!("/responses/{status}")).is_some(),
                    place,
                    &format!("takes a body but does not document {status}"),
                );
            }
        }
    }

    /// A change names its version, and what creates or commands can be repeated.
    fn conditions(&mut self, place: &str, method: &str, operation: &Value) {
        let takes = |header| list(operation, "/parameters").any(|parameter| text(parameter, "name") == header);
        let conditional = operation.pointer("/responses/428").is_some();
        self.require(conditional == takes("If-Match"), place, "`If-Match` and 428 go together");
        let keyed = method == "post" && operation.pointer("/responses/403").is_some();
        self.require(
            keyed == takes("Idempotency-Key"),
            place,
            "each POST behind the sign-in takes `Idempotency-Key`, and no other operation",
        );
    }

    fn answers(&mut self, place: &str, operation: &Value) {
        let answers: Vec<_> = entries(operation, "/responses").collect();
        let succeeds = answers.iter().any(|(status, _)| status.starts_with(['2', '3']));
        self.require(succeeds, place, "documents no success");
        for status in ["400", "404", "500", "503"] {
            self.require(
                answers.iter().any(|(known, _)| *known == status),
                place,
                &format!("does not document {status}"),
            );
        }
        for (status, answer) in answers {
            let answer = self.resolved(answer);
            self.require(!text(answer, "description").is_empty(), place, &format!("answer {status} is not described"));
            if status.starts_with(['4', '5']) {
                let problem = answer
                    .get("content")
                    .and_then(|content| content.get(PROBLEM_JSON)?.pointer("/schema/$ref")?.as_str());
                self.require(
                    problem == Some("#/components/schemas/Problem"),
                    place,
                    &format!("answer {status} is not a problem"),
                );
            }
        }
    }

    fn resolved(&self, value: &'a Value) -> &'a Value {
        let target = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        target.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(value)
    }

    fn schemas(&mut self) {
        for (name, schema) in entries(self.document, "/components/schemas") {
            let place = format!("schema {name}");
            self.require(!text(schema, "description").is_empty(), &place, "is not described");
            self.require(!name.contains('_'), &place, "has a composed name");
            self.properties(&place, schema);
        }
    }

    /// Properties described in place, or by the schema they refer to.
    fn properties(&mut self, place: &str, schema: &'a Value) {
        for (name, property) in entries(schema, "/properties") {
            // What may be absent refers to its schema in one branch of `oneOf`, and is described there.
            let mut places = list(property, "/oneOf").chain([property, self.resolved(property)]);
            let described = places.any(|place| !text(place, "description").is_empty());
            self.require(described, place, &format!("property `{name}` is not described"));
            self.properties(&format!("{place}.{name}"), property);
        }
        for part in ["/allOf", "/oneOf", "/anyOf"] {
            for part in list(schema, part) {
                self.properties(place, part);
            }
        }
        if let Some(items) = schema.get("items") {
            self.properties(place, items);
        }
    }

    fn references(&mut self, value: &'a Value, place: &str) {
        match value {
            Value::Object(object) => {
                let reference = object.get("$ref").and_then(Value::as_str);
                let lost = reference.filter(|reference| {
                    reference.strip_prefix('#').and_then(|pointer| self.document.pointer(pointer)).is_none()
                });
                if let Some(reference) = lost {
                    self.fault(place, &format!("refers to `{reference}`, which is not there"));
                }
                object.iter().for_each(|(name, value)| self.references(value, &format!("{place}/{name}")));
            }
            Value::Array(values) => {
                values
                    .iter()
                    .enumerate()
                    .for_each(|(index, value)| self.references(value, &format!("{place}/{index}")));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Every operation of a document: its method in capitals, its path and its id.
#[must_use]
pub fn operations(document: &Value) -> BTreeSet<(String, String, String)> {
    let operations = entries(document, "/paths").flat_map(|(path, item)| {
        let known = entries(item, "").filter(|(method, _)| METHODS.contains(method));
        known.map(move |(method, operation)| {
            (method.to_uppercase(), path.to_owned(), text(operation, "operationId").to_owned())
        })
    });
    operations.collect()
}

fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let object = value.pointer(pointer).and_then(Value::as_object);
    object.into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A document without a fault.
    fn sound() -> Value {
        let problem = json!({ "description": "No.", "content": { PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } } } });
        json!({
            "tags": [{ "name": "cases" }],
            "paths": { "/cases": { "get": {
                "operationId": "list_cases", "summary": "List", "tags": ["cases"], "security": [{ "bearer": [] }],
                "parameters": [{ "name": "limit", "description": "How many." }],
                "responses": {
                    "200": { "description": "The cases." }, "400": problem, "401": problem, "404": problem,
                    "500": problem, "503": { "$ref": "#/components/responses/Unavailable" },
                },
            } } },
            "components": {
                "securitySchemes": { "bearer": {} },
                "responses": { "Unavailable": problem },
                "schemas": { "Problem": { "description": "Why.", "properties": { "code": { "description": "The code." } } } },
            },
        })
    }

    #[test]
    fn a_sound_document_has_no_fault() {
        assert_eq!(faults(&sound()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let operation = "/paths/~1cases/get";
        for (place, value, expected) in [
            (format!("{operation}/operationId"), json!(""), "operation id"),
            (format!("{operation}/summary"), json!(""), "no summary"),
            (format!("{operation}/tags/0"), json!("unknown"), "known tag"),
            (format!("{operation}/security"), json!(null), "does not say"),
            (format!("{operation}/security/0"), json!({ "other": [] }), "undeclared scheme"),
            (format!("{operation}/parameters/0/description"), json!(""), "parameter `limit`"),
            (format!("{operation}/parameters/0/name"), json!("If-Match"), "go together"),
            (format!("{operation}/parameters/0/name"), json!("Idempotency-Key"), "and no other"),
            (format!("{operation}/responses"), json!({}), "documents no success"),
            (format!("{operation}/responses/404/content"), json!({}), "answer 404 is not a problem"),
            (format!("{operation}/responses/503/$ref"), json!("#/components/responses/Lost"), "is not there"),
            ("/components/schemas/Problem/description".to_owned(), json!(""), "schema Problem: is not described"),
            ("/components/schemas/Problem/properties/code/description".to_owned(), json!(""), "property `code`"),
        ] {
            let mut document = sound();
            *document.pointer_mut(&place).unwrap() = value;
            let found = faults(&document);
            assert!(found.iter().any(|fault| fault.contains(expected)), "{place}: {found:?}");
        }
    }

    #[test]
    fn two_operations_may_not_share_an_id() {
        let mut document = sound();
        let other = document["paths"]["/cases"].clone();
        document["paths"]["/others"] = other;
        assert!(faults(&document).iter().any(|fault| fault.contains("not unique")));
    }

    #[test]
    fn operations_are_listed_for_the_tests_that_must_cover_them() {
        let listed = operations(&sound()).into_iter().collect::<Vec<_>>();
        assert_eq!(listed, [("GET".to_owned(), "/cases".to_owned(), "list_cases".to_owned())]);
    }
}
