package chhttp

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// chError is an error this package raises itself, in ClickHouse's form.
type chError struct {
	code    int
	name    string
	message string
	status  int // 0: by the code
}

func (e *chError) Error() string {
	return fmt.Sprintf("Code: %d. DB::Exception: %s. (%s)", e.code, e.message, e.name)
}

// codeOf returns ClickHouse's number for an error and the status it is answered with.
func codeOf(err error) (code, status int) {
	if own, ok := errors.AsType[*chError](err); ok {
		if own.status != 0 {
			return own.code, own.status
		}
		return own.code, statusOf(own.code)
	}
	if engine, ok := errors.AsType[*chdb.Error](err); ok {
		return engine.Code, statusOf(engine.Code)
	}
	return codeUnknown, http.StatusInternalServerError
}

// Numbers of ClickHouse's errors that this package raises itself.
const (
	codeCannotRead     = 33
	codeNotImplemented = 48
	codeSyntax         = 62
	codeCannotWrite    = 75
	codeReadOnly       = 164
	codeTooManyQueries = 202
	codeQueryTooLarge  = 307
	codeAccessDenied   = 497
	codeAuthentication = 516
	codeUnknown        = 1002
)

// statusOf follows the server's own table of statuses.
func statusOf(code int) int {
	switch code {
	case 194: // REQUIRED_PASSWORD
		return http.StatusUnauthorized
	case 192, 193, codeReadOnly, codeAccessDenied, codeAuthentication: // UNKNOWN_USER, WRONG_PASSWORD
		return http.StatusForbidden
	case 6, 25, 26, 27, 33, 36, 38, 41, 42, 43, 44, 53, 62, 72, 117, 321, 456, 457: // CANNOT_PARSE_…, BAD_ARGUMENTS, SYNTAX_ERROR, TYPE_MISMATCH, …
		return http.StatusBadRequest
	case 16, 46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336: // UNKNOWN_TABLE, _FUNCTION, _IDENTIFIER, _TYPE, _FORMAT, _DATABASE, _SETTING, …
		return http.StatusNotFound
	case 159, 160: // TIMEOUT_EXCEEDED, TOO_SLOW
		return http.StatusRequestTimeout
	case codeQueryTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeNotImplemented:
		return http.StatusNotImplemented
	case codeTooManyQueries:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
