package warehouse

import (
	"errors"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
)

// BlamesData tells whether an insert failed because of what is in its rows, so that the same rows will fail again and some of them must
// be taken out. Everything else (no connection, a restarting server, memory, time, too many parts, a missing table or right) is the
// warehouse's trouble: the rows are good and are sent again. TYPE_MISMATCH (53) is among these: it is the tables that are not as expected.
func BlamesData(err error) bool {
	if errors.Is(err, clickhouse.ErrBatchInvalid) || errors.Is(err, errUneven) {
		return true
	}
	if _, ok := errors.AsType[*column.ColumnConverterError](err); ok {
		return true
	}
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok {
		return false
	}
	switch exception.Code {
	case 6, 26, 27, 38, 41, 72, // CANNOT_PARSE_TEXT, _QUOTED_STRING, _INPUT_ASSERTION_FAILED, _DATE, _DATETIME, _NUMBER
		69, 117, 131, // ARGUMENT_OUT_OF_BOUND, INCORRECT_DATA, TOO_LARGE_STRING_SIZE
		321, 349, 691, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, UNKNOWN_ELEMENT_OF_ENUM
		395, 407, 469: // FUNCTION_THROW_IF_VALUE_IS_NON_ZERO, DECIMAL_OVERFLOW, VIOLATED_CONSTRAINT
		return true
	}
	return false
}

// CannotWrite tells whether an insert failed because the server's disk is full or can only be read, or the table is read-only.
func CannotWrite(err error) bool {
	exception, ok := errors.AsType[*clickhouse.Exception](err)
	if !ok {
		return false
	}
	switch exception.Code {
	case 75, 76, 243, 481, // CANNOT_WRITE_TO_FILE_DESCRIPTOR, CANNOT_OPEN_FILE, NOT_ENOUGH_SPACE, CANNOT_CREATE_DIRECTORY
		164, 242: // READONLY, TABLE_IS_READ_ONLY
		return true
	}
	for _, sign := range []string{"No space left on device", "Read-only file system", "File too large", "Disk quota exceeded"} {
		if strings.Contains(exception.Message, sign) {
			return true
		}
	}
	return false
}

// Reason is ClickHouse's own sentence about an error, without the driver's words before it.
func Reason(err error) string {
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		return exception.Message
	}
	return err.Error()
}
