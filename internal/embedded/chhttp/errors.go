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
	var own *chError
	if errors.As(err, &own) {
		if own.status != 0 {
			return own.code, own.status
		}
		return own.code, statusOf(own.code)
	}
	var engine *chdb.Error
	if errors.As(err, &engine) {
		return engine.Code, statusOf(engine.Code)
	}
	return codeUnknown, http.StatusInternalServerError
}

// statusOf follows the server's own table of statuses.
func statusOf(code int) int {
	switch code {
	case 194: // REQUIRED_PASSWORD
		return http.StatusUnauthorized
	case 192, 193, 497, codeAuthentication, 291, 164: // unknown user, wrong password, access denied, read only
		return http.StatusForbidden
	case 6, 26, 27, 38, 41, 43, 44, 46, 50, 53, 62, 63, 69, 70, 72, 36, 115, 117, 130, 377, 441, 456, 457, 636: // cannot parse, unknown function, bad types, bad arguments
		return http.StatusBadRequest
	case 60, 81, 16, 47, 218: // unknown table, database, column, identifier
		return http.StatusNotFound
	case 73, 307: // unknown format, query too large
		if code == 307 {
			return http.StatusRequestEntityTooLarge
		}
		return http.StatusBadRequest
	case codeTimeout, 160:
		return http.StatusRequestTimeout
	case codeNotImplemented:
		return http.StatusNotImplemented
	case codeTooManyQueries, 241, 173: // too many queries, memory limit, cannot allocate
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
