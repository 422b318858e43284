package schemas

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type valueKind byte

const (
	kindString valueKind = 's'
	kindNumber valueKind = 'n'
	kindBool   valueKind = 'b'
	kindOther  valueKind = 'o' // object or array
)

// attribute is one context attribute as it arrived. In binary mode everything is a string.
type attribute struct {
	kind   valueKind
	text   string // the string's content, or the literal
	binary bool
}

// envelope gathers the context attributes of one event and checks each as it comes.
type envelope struct {
	event *Event
	seen  struct{ specVersion bool }
}

// member takes one member of a structured event: value is its canonical text, literal the same as a string that may be kept.
func (env *envelope) member(name, value []byte, literal string) *Violation {
	switch string(name) {
	case "data":
		return env.data(value)
	case "data_base64":
		return badAttribute("data_base64", "carries the data in base64; the data must be a JSON object", "send the object itself under data")
	}
	attr := attribute{kind: kindOther, text: literal}
	switch value[0] {
	case 'n':
		return nil // the JSON format says: null is as good as absent
	case '"':
		attr.kind, attr.text = kindString, literal[1:len(literal)-1]
		if strings.IndexByte(attr.text, '\\') >= 0 {
			attr.text = unquote(value)
		}
	case 't', 'f':
		attr.kind = kindBool
	case '{', '[':
	default:
		attr.kind = kindNumber
	}
	key := string(name)
	if strings.IndexByte(key, '\\') >= 0 {
		key = unquote([]byte(`"` + key + `"`))
	}
	return env.attribute(key, attr)
}

func (env *envelope) data(value []byte) *Violation {
	switch value[0] {
	case '{':
		env.event.Data = value
		return nil
	case 'n':
		return nil
	}
	return &Violation{
		Code: CodeBadAttribute, Pointer: "/data",
		Detail: "The data is " + describeValue(value) + " where a JSON object is needed.",
		Hint:   "put the members that the event type asks for between { and }",
	}
}

// attribute checks one context attribute and stores it. Extension attributes that Turnout does not know are checked and dropped.
func (env *envelope) attribute(name string, attr attribute) *Violation {
	e := env.event
	switch name {
	case "specversion":
		return env.specVersion(attr)
	case "id":
		return setText(&e.ID, name, attr)
	case "source":
		return setReference(&e.Source, name, attr, false)
	case "type":
		return setText(&e.Type, name, attr)
	case "subject":
		return setText(&e.Subject, name, attr)
	case "dataschema":
		return setReference(&e.DataSchema, name, attr, true)
	case "time":
		return setTime(&e.Time, name, attr)
	case "datacontenttype":
		return checkContentType(attr)
	default:
		return env.extension(name, attr)
	}
}

func (env *envelope) specVersion(attr attribute) *Violation {
	env.seen.specVersion = true
	if attr.kind != kindString || attr.text != "1.0" {
		return badAttribute("specversion", "is "+quoteShort(attr.text)+"; Turnout reads CloudEvents 1.0 only", `set specversion to "1.0"`)
	}
	return nil
}

// extension takes Turnout's extension attributes and looks at the others.
func (env *envelope) extension(name string, attr attribute) *Violation {
	e := env.event
	switch name {
	case "tenant":
		return setTenant(&e.Tenant, attr)
	case "recordedtime":
		return setTime(&e.Recorded, name, attr)
	case "revision":
		return setRevision(&e.Revision, attr)
	case "voided":
		return setVoided(&e.Voided, attr)
	case "reason":
		return setText(&e.Reason, name, attr)
	case "traceparent":
		return setTraceParent(&e.TraceParent, attr)
	default:
		return checkExtension(name, attr)
	}
}

// finish reports what is missing.
func (env *envelope) finish() *Violation {
	e := env.event
	var missing string
	switch {
	case !env.seen.specVersion:
		missing = "specversion"
	case e.ID == "":
		missing = "id"
	case e.Source == "":
		missing = "source"
	case e.Type == "":
		missing = "type"
	case e.Time.IsZero():
		missing = "time"
	case e.Data == nil:
		return &Violation{
			Code: CodeMissingAttribute, Pointer: "/data", Detail: "The event has no data.",
			Hint: "add the JSON object that the event type asks for; a voided event needs the key fields",
		}
	default:
		return nil
	}
	return missingAttribute(missing)
}

func missingAttribute(name string) *Violation {
	hints := map[string]string{
		"specversion": `set specversion to "1.0"`,
		"id":          "give each event an id that is unique within its source",
		"source":      "name the system that publishes, for example /crm or urn:example:checkin",
		"type":        "name the event type, for example attendance.recorded.v1",
		"time":        "say when it happened; " + hintTime,
	}
	return &Violation{Code: CodeMissingAttribute, Pointer: "/" + name, Detail: "The required attribute " + name + " is missing.", Hint: hints[name]}
}

func badAttribute(name, problem, hint string) *Violation {
	return &Violation{Code: CodeBadAttribute, Pointer: "/" + escapePointer(name), Detail: "The attribute " + name + " " + problem + ".", Hint: hint}
}

func setText(target *string, name string, attr attribute) *Violation {
	if violation := checkText(name, attr); violation != nil {
		return violation
	}
	*target = attr.text
	return nil
}

func checkText(name string, attr attribute) *Violation {
	switch {
	case attr.kind != kindString:
		return badAttribute(name, "is "+describeKind(attr)+" where a string is needed", "put the value in quotes")
	case attr.text == "":
		return badAttribute(name, "is empty", "give it a value or leave it out")
	case len(attr.text) > maxAttribute:
		return badAttribute(name, fmt.Sprintf("is %d bytes long; the limit is %d", len(attr.text), maxAttribute), "shorten it")
	case isPlain(attr.text):
		return nil
	case !utf8.ValidString(attr.text):
		return badAttribute(name, "is not valid UTF-8", "percent-encode UTF-8 in headers")
	}
	for _, r := range attr.text {
		if isForbiddenRune(r) {
			return badAttribute(name, fmt.Sprintf("holds the character U+%04X, which CloudEvents forbids", r), "remove control characters")
		}
	}
	return nil
}

// isPlain says whether the text is printable ASCII, as nearly all are: nothing in it is forbidden.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isForbiddenRune says which characters the CloudEvents type String leaves out: controls and noncharacters.
func isForbiddenRune(r rune) bool {
	return r < 0x20 || (r >= 0x7f && r <= 0x9f) || (r >= 0xfdd0 && r <= 0xfdef) || r&0xfffe == 0xfffe
}

// setReference takes a URI reference (RFC 3986; characters of any script are let through, as in an IRI), or with absolute a URI.
func setReference(target *string, name string, attr attribute, absolute bool) *Violation {
	if violation := checkText(name, attr); violation != nil {
		return violation
	}
	if i := notInReference(attr.text); i >= 0 {
		return badAttribute(name, fmt.Sprintf("is not a URI reference: it holds %q", attr.text[i]), "percent-encode the character or leave it out")
	}
	for i := strings.IndexByte(attr.text, '%'); i >= 0 && i < len(attr.text); i++ {
		if attr.text[i] == '%' && (i+2 >= len(attr.text) || !isHex(attr.text[i+1]) || !isHex(attr.text[i+2])) {
			return badAttribute(name, "is not a URI reference: a % is not followed by two hexadecimal digits", "write a percent sign as %25")
		}
	}
	if absolute && !hasScheme(attr.text) {
		return badAttribute(name, "is not an absolute URI", "begin with a scheme, for example https:")
	}
	*target = attr.text
	return nil
}

// notInReference gives the place of the first character that a URI reference may not hold, or -1.
func notInReference(text string) int {
	for i := range len(text) {
		switch text[i] {
		case ' ', '<', '>', '"', '{', '}', '|', '\\', '^', '`':
			return i
		}
	}
	return -1
}

func hasScheme(uri string) bool {
	scheme, _, found := strings.Cut(uri, ":")
	if !found || scheme == "" || !isLetter(scheme[0]) {
		return false
	}
	return strings.IndexFunc(scheme, func(r rune) bool {
		return r > 0x7f || !isLetter(byte(r)) && (r < '0' || r > '9') && r != '+' && r != '-' && r != '.'
	}) < 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func setTime(target *time.Time, name string, attr attribute) *Violation {
	problem := "is " + describeKind(attr)
	if attr.kind == kindString {
		*target, problem = parseTime(attr.text)
		if problem == "" {
			return nil
		}
	}
	return &Violation{Code: CodeBadTime, Pointer: "/" + name, Detail: fmt.Sprintf("The %s %s %s.", name, quoteShort(attr.text), problem), Hint: hintTime}
}

const hintTenant = "a tenant is 1 to 64 of the characters a-z, 0-9 and -"

func setTenant(target *string, attr attribute) *Violation {
	if attr.kind != kindString || !ValidTenant(attr.text) {
		return badAttribute("tenant", "is "+quoteShort(attr.text), hintTenant)
	}
	*target = attr.text
	return nil
}

// ValidTenant says whether name can be a tenant: 1 to 64 of a-z, 0-9 and -.
func ValidTenant(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func setTraceParent(target *string, attr attribute) *Violation {
	if attr.kind != kindString || !validTraceParent(attr.text) {
		return badAttribute("traceparent", "is not a W3C trace context", "write it like 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, or leave it out")
	}
	*target = attr.text
	return nil
}

func validTraceParent(text string) bool {
	if len(text) != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' {
		return false
	}
	for i := range len(text) {
		if i == 2 || i == 35 || i == 52 {
			continue
		}
		if !isHex(text[i]) || text[i] >= 'A' && text[i] <= 'F' {
			return false
		}
	}
	return true
}

func checkContentType(attr attribute) *Violation {
	media, _, _ := strings.Cut(attr.text, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if attr.kind == kindString && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")) {
		return nil
	}
	return badAttribute("datacontenttype", "is "+quoteShort(attr.text)+"; the data must be JSON", "set it to application/json")
}

func setRevision(target *uint32, attr attribute) *Violation {
	const hint = "a revision is a whole number from 0 to 2147483647; a correction has a higher one than what it corrects"
	if attr.kind != kindNumber && attr.kind != kindString {
		return badAttribute("revision", "is "+describeKind(attr), hint)
	}
	n, err := strconv.ParseUint(attr.text, 10, 31)
	if err != nil || len(attr.text) > 1 && attr.text[0] == '0' {
		return badAttribute("revision", "is "+quoteShort(attr.text), hint)
	}
	*target = uint32(n)
	return nil
}

func setVoided(target *bool, attr attribute) *Violation {
	switch {
	case (attr.kind == kindBool || attr.kind == kindString) && attr.text == "true":
		*target = true
	case (attr.kind == kindBool || attr.kind == kindString) && attr.text == "false":
		*target = false
	default:
		return badAttribute("voided", "is "+quoteShort(attr.text), "set voided to true or false")
	}
	return nil
}

// checkExtension lets attributes pass that are not ours: they are transport context. But a name CloudEvents forbids, or one that
// looks like a slip of the pen in one of ours, would silently change what the event means.
func checkExtension(name string, attr attribute) *Violation {
	if name == "" || strings.IndexFunc(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) >= 0 {
		hint := "attribute names are lower-case letters and digits"
		if near := nearest(strings.ToLower(name), attributeNames()); near != "" {
			hint = "did you mean " + near + "?"
		} else if !attr.binary {
			hint += "; what the event says belongs under data"
		}
		return badAttribute(name, "has a name that CloudEvents does not allow", hint)
	}
	if near := nearest(name, attributeNames()); near != "" && len(near) >= len("tenant") && distance(name, near) == 1 {
		return badAttribute(name, "is unknown", "did you mean "+near+"?")
	}
	if attr.kind == kindOther {
		return badAttribute(name, "is an object or array; extension attributes are strings, integers or booleans", "move it under data")
	}
	if attr.kind == kindNumber {
		if _, err := strconv.ParseInt(attr.text, 10, 32); err != nil {
			return badAttribute(name, "is "+quoteShort(attr.text)+"; CloudEvents numbers are whole and fit in 32 bits", "send it as a string")
		}
	}
	return nil
}

// attributeNames are the context attributes with a meaning here.
func attributeNames() []string {
	return []string{
		"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data",
		"tenant", "recordedtime", "revision", "voided", "reason", "traceparent",
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
