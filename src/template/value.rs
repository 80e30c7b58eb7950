//! Values that templates get: every field of a view is there, whether it has something to say or not, and a view remembers which names it
//! was asked for in vain.
//!
//! The documents leave optional fields out, and what is left out is undefined to the engine, which makes `{% if finding.suggestion %}` an
//! error. The schema of a type names all of its fields, so it decides here what a template can ask for, as it decides what the documentation
//! says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use minijinja::Value;
use minijinja::value::{Enumerator, Object};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

/// Makes `data`, which is a serialized `T`, the value for a template. A field that was left out is none, an empty list, false or zero.
pub fn complete<T: JsonSchema>(data: Json) -> Value {
    let forms = Forms::of::<T>();
    forms.value(data, &forms.root)
}

/// Documents of the form of `T` to try a template with: one in which every optional field is there, one in which none is, and one in which
/// all lists are empty. Texts, numbers and choices are made up.
pub fn samples<T: JsonSchema>() -> [Json; 3] {
    let forms = Forms::of::<T>();
    [Sample::Full, Sample::Bare, Sample::Empty].map(|sample| forms.sample(&forms.root, sample))
}

/// How much there is in a made-up document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Full,
    Bare,
    Empty,
}

/// A name that a view was asked for and does not have.
#[derive(Debug)]
pub(super) struct Miss {
    /// What the documentation calls the view; empty for the page itself.
    pub(super) kind: String,
    /// The names that it has.
    pub(super) known: Vec<String>,
}

/// Names that were asked for in vain are kept as long as they can be what an error is about.
const MOST_MISSES: usize = 16;

/// The view is not kept alive by what it was asked for.
type Misses = Arc<Mutex<Vec<(Weak<View>, String)>>>;

/// An object of a document.
#[derive(Debug)]
pub(super) struct View {
    kind: String,
    fields: BTreeMap<String, Value>,
    misses: Misses,
}

impl Object for View {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let found = self.fields.get(key).cloned();
        if found.is_none() {
            let mut misses = self.misses.lock().expect("no thread panics while it holds the list");
            if misses.len() == MOST_MISSES {
                misses.remove(0);
            }
            misses.push((Arc::downgrade(self), key.to_owned()));
        }
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields.keys().map(|name| Value::from(name.as_str())).collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.fields.len())
    }
}

/// Whether `value` was made by [`complete`].
pub(super) fn is_view(value: &Value) -> bool {
    value.downcast_object_ref::<View>().is_some()
}

/// The view that was asked last for `name` in vain, of those that belong to `context`.
pub(super) fn miss(context: &Value, name: &str) -> Option<Miss> {
    let misses = context.downcast_object_ref::<View>()?.misses.lock().expect("no thread panics while it holds the list");
    let (view, _) = misses.iter().rev().find(|(_, missed)| missed == name)?;
    let view = view.upgrade()?;
    Some(Miss { kind: view.kind.clone(), known: view.fields.keys().cloned().collect() })
}

/// The schema of a type, and what its values share.
struct Forms {
    root: Json,
    misses: Misses,
}

impl Forms {
    fn of<T: JsonSchema>() -> Self {
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        Self { root: generator.into_root_schema_for::<T>().to_value(), misses: Misses::default() }
    }

    /// The schema behind references and choices, and the name it is known by.
    fn resolve<'s>(&'s self, schema: &'s Json) -> (&'s Json, &'s str) {
        let (mut schema, mut name) = (schema, "");
        loop {
            if let Some(reference) = schema["$ref"].as_str() {
                name = reference.trim_start_matches("#/$defs/");
                schema = &self.root["$defs"][name];
                continue;
            }
            match schema["anyOf"].as_array().and_then(|choices| choices.iter().find(|choice| choice["type"] != "null")) {
                Some(choice) => schema = choice,
                None => return (schema, name),
            }
        }
    }

    fn value(&self, data: Json, schema: &Json) -> Value {
        let (schema, name) = self.resolve(schema);
        match data {
            Json::Object(fields) => self.view(fields, schema, name),
            Json::Array(items) => {
                let form = |at: usize| schema["prefixItems"].get(at).unwrap_or(&schema["items"]);
                items.into_iter().enumerate().map(|(at, item)| self.value(item, form(at))).collect()
            }
            Json::String(text) => Value::from(text),
            Json::Bool(is_true) => Value::from(is_true),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Value::from(number),
                (None, Some(number)) => Value::from(number),
                (None, None) => Value::from(number.as_f64().unwrap_or_default()),
            },
            Json::Null => Value::from(()),
        }
    }

    fn view(&self, mut data: Map<String, Json>, schema: &Json, name: &str) -> Value {
        let mut fields = BTreeMap::new();
        for (field, form) in schema["properties"].as_object().into_iter().flatten() {
            let inner = data.remove(field).unwrap_or_else(|| self.blank(form));
            fields.insert(field.clone(), self.value(inner, form));
        }
        for (field, inner) in data {
            fields.insert(field, self.value(inner, &Json::Null));
        }
        Value::from_object(View { kind: name.to_owned(), fields, misses: Arc::clone(&self.misses) })
    }

    /// What stands for a field that was left out.
    fn blank(&self, schema: &Json) -> Json {
        if is_nullable(schema) {
            return Json::Null;
        }
        match type_name(self.resolve(schema).0) {
            "array" => json!([]),
            "boolean" => json!(false),
            "integer" | "number" => json!(0),
            _ => Json::Null,
        }
    }

    fn sample(&self, schema: &Json, sample: Sample) -> Json {
        if sample != Sample::Full && is_nullable(schema) {
            return Json::Null;
        }
        let (schema, _) = self.resolve(schema);
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        if let Some(choice) = choice(schema, sample) {
            return if choice.is_object() { self.sample(choice, sample) } else { choice.clone() };
        }
        match type_name(schema) {
            "object" => self.sample_fields(schema, sample),
            "array" => match schema["prefixItems"].as_array() {
                Some(forms) => forms.iter().map(|form| self.sample(form, sample)).collect(),
                None if sample == Sample::Empty => json!([]),
                None => json!([self.sample(&schema["items"], sample)]),
            },
            "string" => json!("text"),
            "integer" => json!(i32::from(sample != Sample::Empty)),
            "number" => json!(if sample == Sample::Empty { 0.0 } else { 1.5 }),
            "boolean" => json!(sample == Sample::Full),
            _ => Json::Null,
        }
    }

    fn sample_fields(&self, schema: &Json, sample: Sample) -> Json {
        let is_required = |name: &str| schema["required"].as_array().is_some_and(|required| required.iter().any(|field| field == name));
        let mut fields = Map::new();
        for (name, form) in schema["properties"].as_object().into_iter().flatten() {
            let is_there = sample == Sample::Full || is_required(name);
            fields.insert(name.clone(), if is_there { self.sample(form, sample) } else { self.blank(form) });
        }
        Json::Object(fields)
    }
}

/// One of several forms or values: the first or the last one, so that a template is tried with both.
fn choice(schema: &Json, sample: Sample) -> Option<&Json> {
    let choices = ["oneOf", "enum"].into_iter().filter_map(|key| schema[key].as_array()).find(|choices| !choices.is_empty())?;
    if sample == Sample::Full { choices.last() } else { choices.first() }
}

fn is_nullable(schema: &Json) -> bool {
    let has_null = |list: &Json| list.as_array().is_some_and(|all| all.iter().any(|one| one == "null" || one["type"] == "null"));
    has_null(&schema["type"]) || has_null(&schema["anyOf"])
}

fn type_name(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(name) => name,
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null").unwrap_or(""),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::render;

    #[derive(serde::Serialize, JsonSchema)]
    struct Page {
        files: Vec<FileView>,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }

    #[derive(serde::Serialize, JsonSchema)]
    struct FileView {
        path: &'static str,
        score: Option<f64>,
        #[serde(flatten)]
        by: By,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_escaped: bool,
    }

    #[derive(serde::Serialize, JsonSchema)]
    struct By {
        #[serde(skip_serializing_if = "Option::is_none")]
        analyzer: Option<String>,
    }

    fn page() -> Value {
        let by = By { analyzer: None };
        let files = vec![FileView { path: "a.rs", score: None, by, names: Vec::new(), is_escaped: false }];
        complete::<Page>(serde_json::to_value(Page { files, note: None }).unwrap())
    }

    #[test]
    fn what_a_document_leaves_out_is_there_for_a_template() {
        let text = "{% for f in files %}{{ f.path }}{% for field in [note, f.score, f.analyzer, f.names, f.is_escaped] %}\
                    {{ 1 if field else 0 }}{% endfor %}{% endfor %}";
        assert_eq!(render("x.md", text, &page()).unwrap(), "a.rs00000");
        let file: Json = serde_json::from_str(&render("x.md", "{{ files[0] | tojson }}", &page()).unwrap()).unwrap();
        assert_eq!(file, json!({ "path": "a.rs", "score": null, "analyzer": null, "names": [], "is_escaped": false }));
    }

    #[test]
    fn a_wrong_name_is_looked_up_in_the_object_that_was_asked() {
        for (text, reason, near) in [
            ("{% for f in files %}{{ f.pth }}{% endfor %}", "`FileView` has no field `pth`", Some("path")),
            ("{% for f in files %}{{ f.scores.overall }}{% endfor %}", "`FileView` has no field `scores`", Some("score")),
            ("{% for f in files %}{{ f.note }}{% endfor %}", "`FileView` has no field `note`", None),
            ("{{ file }}", "there is no `file`", Some("files")),
            ("{{ files.path }}", "there is no `path`", None),
            ("{{ note ~ nte }}", "there is no `nte`", Some("note")),
        ] {
            let error = render("x.md", text, &page()).unwrap_err();
            assert_eq!((error.reason.as_str(), error.near.as_deref()), (reason, near), "{text}");
        }
    }

    #[test]
    fn samples_have_everything_nothing_optional_and_no_items() {
        let [full, bare, empty] = samples::<Page>();
        let file = json!({ "path": "text", "score": 1.5, "analyzer": "text", "names": ["text"], "is_escaped": true });
        assert_eq!(full, json!({ "files": [file], "note": "text" }));
        let file = json!({ "path": "text", "score": null, "analyzer": null, "names": [], "is_escaped": false });
        assert_eq!(bare, json!({ "files": [file], "note": null }));
        assert_eq!(empty, json!({ "files": [], "note": null }));
    }
}
