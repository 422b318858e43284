package schemas

// quickType is a check compiled from a type's schema that is faster than the JSON Schema library, and never more lenient.
type quickType struct{}

func (q *quickType) accepts(data []byte, voided bool) bool { return false }
