use ztctl::model::value::Format;

use super::{parse, show};

/// The documents of a template, all marked, none with an error.
fn documents(text: &str) -> Vec<String> {
    let read = parse(Format::Yaml, text);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    assert!(read.duplicates.is_empty());
    assert!(read.documents.iter().all(|document| document.templated), "{text}");
    read.documents.iter().map(|d| d.root.as_ref().map_or_else(|| "-".to_owned(), show)).collect()
}

#[test]
fn values_that_a_template_touches_are_unknown() {
    assert_eq!(documents("a: {{ .Values.x }}\nb: 1\n"), [r#"{"a":?{{ .Values.x }}?,"b":1}"#]);
    assert_eq!(
        documents("a: \"v{{ .x }}\"\nb: {{ .y | quote }}\nc: x-{{ .z }}-y\nd: [{{ .l }}, 1]\n"),
        [r#"{"a":?"v{{ .x }}"?,"b":?{{ .y | quote }}?,"c":?x-{{ .z }}-y?,"d":[?{{ .l }}?,1]}"#]
    );
    assert_eq!(documents("a: \"{{ include \"x\" . }}\"\nb: {{ .y }}\n"), [r#"{"a":?"{{ include "x" . }}"?,"b":?{{ .y }}?}"#]);
    assert_eq!(documents("{{ .k }}: 1\nb: 2\n"), [r#"{"b":2}"#]);
    assert_eq!(documents("- {{ .a }}\n- b\n"), [r#"[?{{ .a }}?,"b"]"#]);
    assert_eq!(documents("a: {{ if .x }}b{{ else }}c{{ end }}\n"), ["{\"a\":?{{ if .x }}b{{ else }}c{{ end }}?}"]);
    assert_eq!(
        documents("a: {{ \"}}\" }}\nb: {{ `}}` }}\nc: {{/* }} */}}\n"),
        [r#"{"a":?{{ "}}" }}?,"b":?{{ `}}` }}?,"c":?{{/* }} */}}?}"#]
    );
}

#[test]
fn lines_of_control_are_dropped() {
    let text = "{{- if .Values.on }}\napiVersion: v1\nkind: X\n{{- range $i, $x := .l }}\n{{ $y := 1 -}}\nspec:\n  {{- with .z }}\n  a: 1\n  {{- end }}\n{{- end }}\n{{- end }}\n";
    assert_eq!(documents(text), [r#"{"apiVersion":"v1","kind":"X","spec":{"a":1}}"#]);
    assert_eq!(
        documents("a:\n{{- if x }}\n  b: 1\n{{- else }}\n  b: 2\n{{- end }}\n"),
        ["{\"a\":{\"b\":?which of several values is up to the template?}}"]
    );
    assert_eq!(documents("{{/* a: comment\n over lines */}}\na: 1\nb: {{ .x }}\n"), [r#"{"a":1,"b":?{{ .x }}?}"#]);
    assert_eq!(documents("{{- define \"x\" -}}\nb: 1\n{{ if y }}\nc: [\n{{ end }}\n{{- end -}}\na: 1\n"), [r#"{"a":1}"#]);
    assert_eq!(documents("{% if x %}\na: {{ y }}\n{% endif %}\n"), [r#"{"a":?{{ y }}?}"#]);
}

#[test]
fn control_beside_other_text() {
    assert_eq!(
        documents("a:\n  {{with .Values.policy }}imagePullPolicy: \"{{.}}\"{{end}}\n  b: 1\n"),
        [r#"{"a":{"imagePullPolicy":?"{{.}}"?,"b":1}}"#]
    );
    assert_eq!(documents("a:\n- {{ if $t }} \"1\" {{ else }} {{ .p | quote }} {{ end }}\n- x\n").len(), 1);
    assert_eq!(documents("{{ if x }}a: \"b\"{{ end }}\n{{ if y }}- c: 1{{ end }}\nd: {{ e }}\n").len(), 1);
    assert_eq!(
        documents("{{ if x }}\na: \"b\" {{- end }}\nc: [1]{{ if y }}{{ end }}\nd: {{ e }}\n"),
        [r#"{"a":"b","c":[1],"d":?{{ e }}?}"#]
    );
    assert_eq!(documents("a: b{{ if x }}-c{{ end }}\nd: \"e\"{{/* f */}}\n"), [r#"{"a":?b{{ if x }}-c{{ end }}?,"d":"e"}"#]);
    // a loop in a block scalar, indented more than its text
    assert_eq!(documents("a: |\n    {{- range .x }}\n  {{ . }}=1\n    {{- end }}\nb: {{ c }}\n").len(), 1);
    let text = "kind: X\na: |-\n  {{- range $k, $v := .x }}\n  {{ $k }}={{ $v }}\n  {{- end }}\nb: 1\n{{ c }}\n";
    assert_eq!(documents(text), ["{\"kind\":\"X\",\"a\":?|-\n  {{- range $k, $v := .x }}\n  {{ $k }}={{ $v }}?,\"b\":1}"]);
}

#[test]
fn what_a_template_writes_below_a_key_is_unknown() {
    assert_eq!(documents("a:\n  {{- toYaml .Values.a | nindent 2 }}\nb: 1\n"), [r#"{"a":?{{- toYaml .Values.a | nindent 2 }}?,"b":1}"#]);
    assert_eq!(
        documents("a:\n{{ toYaml .a | indent 2 }}\nb:\nc: {{ x }}\n"),
        [r#"{"a":?{{ toYaml .a | indent 2 }}?,"b":null,"c":?{{ x }}?}"#]
    );
    assert_eq!(documents("a: # c\n  # d\n  {{ .x }}\nb: 1\n"), [r#"{"a":?{{ .x }}?,"b":1}"#]);
    assert_eq!(
        documents("l:\n{{- range .x }}\n- {{ . }}\n{{- end }}\nm:\n{{- range .x }}\n{{- end }}\n"),
        [r#"{"l":[?{{ . }}?],"m":?{{- range .x }}
{{- end }}?}"#]
    );
    assert_eq!(
        documents("d: |\n{{ .x | indent 2 }}\ne: |-\n  y\n  {{ .z }}\nf: {{ g }}\n"),
        ["{\"d\":?{{ .x | indent 2 }}?,\"e\":?|-\n  y\n  {{ .z }}?,\"f\":?{{ g }}?}"].map(str::to_owned)
    );
    assert_eq!(documents("a:\n  b: c\n  {{- include \"labels\" . | nindent 2 }}\n"), [r#"{"a":{"b":"c"}}"#]);
    assert_eq!(documents("a: {{ include \"x\"\n  (dict \"y\" 1) }}\nb: 1\n"), ["{\"a\":?{{ include \"x\"\n  (dict \"y\" 1) }}?,\"b\":1}"]);
}

#[test]
fn odd_braces_are_read() {
    for text in [
        "{%}",
        "{{}}",
        "{{-}}",
        "{{}",
        "{%%}",
        "{{{}}}",
        "a: {%}\n{{",
        "{{/*}}",
        "{{/* */",
        "{{ end }}",
        "{{ define }}{{ end }}{{ end }}",
        "a: {{\n}}",
    ] {
        parse(Format::Yaml, text);
    }
}

#[test]
fn all_documents_of_a_template_are_marked() {
    assert_eq!(documents("{{ if x }}\na: 1\n---\nb: 2\n---\nc: {{ y }}\n{{ end }}\n"), [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":?{{ y }}?}"#]);
    assert_eq!(documents("a: 1\r\nb: {{ x }}\r\n{{- if y }}\r\nc: 2\r\n{{- end }}\r\n"), [r#"{"a":1,"b":?{{ x }}?,"c":2}"#]);
}

#[test]
fn places_are_those_of_the_template() {
    let text = "{{- if .é }}\na: {{ .x }}\nb:\n  - c # {{ z }}\n{{- end }}\n";
    let read = parse(Format::Yaml, text);
    let root = read.documents[0].root.as_ref().unwrap();
    assert_eq!(&text[root.get("a").unwrap().span().range()], "{{ .x }}");
    assert_eq!(&text[root.get("b").unwrap().items()[0].span().range()], "c");
}

#[test]
fn a_template_of_which_nothing_can_be_read_is_skipped() {
    for text in ["{{ include \"all\" . }}\n", "{{- define \"x\" }}\na: 1\n{{- end }}\n", "{{ range .x }}\n@{{ .y }}\n{{ end }}\n"] {
        let read = parse(Format::Yaml, text);
        assert!(read.diagnostics.is_empty(), "{text}");
        assert!(read.skipped.is_some(), "{text}: {:?}", read.documents);
    }
    assert!(parse(Format::Yaml, "a: {{ x }}\n").skipped.is_none());
    // a part of it is better than nothing
    let read = parse(Format::Yaml, "a: 1\n{{ if x }}\nb: [\n{{ end }}\n");
    assert!(read.diagnostics.is_empty() && read.skipped.is_none() && !read.documents[0].complete);
    assert_eq!(read.documents[0].root.as_ref().unwrap().get("a").map(show).as_deref(), Some("1"));
}
