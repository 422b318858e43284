package schemas

// Codes of a Violation. They are part of the outside contract: clients branch on them, dead letters are grouped by them.
const (
	CodeMalformedJSON    = "malformed_json"    // not JSON at all, or JSON that RFC 7493 (I-JSON) refuses
	CodeDuplicateMember  = "duplicate_member"  // one object names a member twice
	CodeTooLarge         = "too_large"         // longer or deeper than the limits in doc.go
	CodeMissingAttribute = "missing_attribute" // a required context attribute, or data, is absent
	CodeBadAttribute     = "bad_attribute"     // a context attribute has the wrong type or form
	CodeBadTime          = "bad_time"          // not an RFC 3339 date-time, or outside 1900 to 2100
	CodeUnknownType      = "unknown_type"      // no schema for the event type
	CodeSchema           = "schema"            // data does not follow the schema of its type
	CodeTenantMismatch   = "tenant_mismatch"   // the event names another tenant than its way in allows
	CodeTypeMismatch     = "type_mismatch"     // the event names another type than its subject
)

// Violation says what is wrong with an input, where, and what to do about it. It is the only error that decoding and checking return.
type Violation struct { //nolint:errname // a finding about an input, which is also listed and sent as data
	Code    string `json:"code"`           // one of the Code constants
	Pointer string `json:"pointer"`        // RFC 6901 pointer into the structured event; "" is the whole of it
	Detail  string `json:"detail"`         // what is wrong: one plain sentence
	Hint    string `json:"hint,omitempty"` // what to do; may be empty
}

// Error joins pointer, detail and hint in one line.
func (v *Violation) Error() string {
	text := v.Detail
	if v.Pointer != "" {
		text = v.Pointer + ": " + text
	}
	if v.Hint != "" {
		text += " (" + v.Hint + ")"
	}
	return text
}
