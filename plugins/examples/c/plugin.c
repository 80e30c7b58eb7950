// The `no-sleep-c` plugin. Change what it looks for; `devflow plugin test` runs the files in `cases`.
//
// `devflow plugin build` defines PLUGIN_NAME and PLUGIN_VERSION, which stand in `plugin.toml`.

#include <stdlib.h>
#include <string.h>

#include "analyzer.h"

// Lower-case letters, digits and dashes.
#define RULE "sleep-in-code"

#define QUERY "(call function: [(identifier) (attribute)] @callee (#any-of? @callee \"sleep\" \"time.sleep\")) @here"

// All that is handed over belongs to the host, which frees it: it must come from `malloc`, texts included.
static analyzer_string_t copy_of(const char *text) {
  analyzer_string_t copy;
  analyzer_string_dup(&copy, text);
  return copy;
}

// In WebAssembly, writing through a null pointer goes unnoticed. An empty list is not freed, so it must not be allocated.
static void *zeroed(size_t n_items, size_t size_bytes) {
  if (n_items == 0) return NULL;
  void *items = calloc(n_items, size_bytes);
  if (items == NULL) abort();
  return items;
}

static bool is(analyzer_string_t text, const char *expected) {
  return text.len == strlen(expected) && memcmp(text.ptr, expected, text.len) == 0;
}

void exports_analyzer_manifest(analyzer_manifest_t *ret) {
  devflow_plugin_types_operation_t *operation = zeroed(1, sizeof *operation);
  operation->name = copy_of("file");
  operation->summary = copy_of("Finds calls that sleep.");
  operation->scope = DEVFLOW_PLUGIN_TYPES_SCOPE_FILE;
  operation->options_schema = copy_of("{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{}}");

  devflow_plugin_types_rule_info_t *rule = zeroed(1, sizeof *rule);
  rule->id = copy_of(RULE);
  rule->severity = DEVFLOW_PLUGIN_TYPES_SEVERITY_LOW;
  rule->category = DEVFLOW_PLUGIN_TYPES_CATEGORY_PERFORMANCE;
  rule->summary = copy_of("The program waits for a fixed time.");
  rule->confidence = (analyzer_option_u8_t){true, 80};

  *ret = (analyzer_manifest_t){copy_of(PLUGIN_NAME), copy_of(PLUGIN_VERSION), {operation, 1}, {rule, 1}};
}

static devflow_plugin_types_finding_t sleep_at(devflow_plugin_types_span_t span) {
  return (devflow_plugin_types_finding_t){
      .rule = copy_of(RULE),
      .severity = DEVFLOW_PLUGIN_TYPES_SEVERITY_LOW,
      .category = DEVFLOW_PLUGIN_TYPES_CATEGORY_PERFORMANCE,
      .message = copy_of("this waits for a fixed time"),
      .place = {.tag = DEVFLOW_PLUGIN_TYPES_PLACE_SPAN, .val.span = span},
      .suggestion = {true, copy_of("Wait for the event itself.")},
      .confidence = 80,
  };
}

// Gives false and a text in `err` when the unit cannot be looked at.
static bool find(const analyzer_unit_t *unit, analyzer_report_t *ret, analyzer_string_t *err) {
  *ret = (analyzer_report_t){0};
  // The host parses the unit and compiles a list of queries once. This one is for Python; other languages have other nodes.
  if (!is(unit->language, "python")) return true;

  analyzer_string_t query;
  analyzer_string_set(&query, QUERY);
  devflow_plugin_syntax_captures_t found;
  if (!devflow_plugin_syntax_search(&(analyzer_list_string_t){&query, 1}, &found, err)) return false;

  ret->findings.ptr = zeroed(found.items.len, sizeof *ret->findings.ptr);
  for (size_t i = 0; i < found.items.len; i++) {
    const devflow_plugin_syntax_capture_t *capture = &found.items.ptr[i];
    if (is(found.names.ptr[capture->name], "here")) ret->findings.ptr[ret->findings.len++] = sleep_at(capture->span);
  }
  devflow_plugin_syntax_captures_free(&found);
  return true;
}

// What an export is given belongs to it. An instance looks at many units, so what is not freed adds up.
static void release(analyzer_string_t *operation, analyzer_unit_t *unit, analyzer_string_t *options) {
  analyzer_string_free(operation);
  analyzer_unit_free(unit);
  analyzer_string_free(options);
}

bool exports_analyzer_inspect(analyzer_string_t *operation, analyzer_unit_t *unit, analyzer_string_t *options, analyzer_report_t *ret,
                              analyzer_string_t *err) {
  bool is_done = find(unit, ret, err);
  release(operation, unit, options);
  return is_done;
}

// This plugin never asks the model.
bool exports_analyzer_question(analyzer_string_t *operation, analyzer_unit_t *unit, analyzer_string_t *options,
                               analyzer_option_question_t *ret, analyzer_string_t *err) {
  (void)err;
  ret->is_some = false;
  release(operation, unit, options);
  return true;
}

bool exports_analyzer_conclude(analyzer_string_t *operation, analyzer_unit_t *unit, analyzer_string_t *options,
                               analyzer_exchange_t *exchange, analyzer_conclusion_t *ret, analyzer_string_t *err) {
  (void)err;
  *ret = (analyzer_conclusion_t){0};
  release(operation, unit, options);
  analyzer_exchange_free(exchange);
  return true;
}
