package chhttp

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/turnout/turnout/internal/embedded/chdb"
)

// The protocol revisions at which Native blocks got a header and their columns a
// byte for the kind of serialisation.
const (
	revisionBlockInfo     = 51903
	revisionSerialization = 54454
)

// isHello recognises clickhouse-go's first question.
func isHello(req *request) bool {
	const question = "SELECT displayName(), version(), revision(), timezone()"
	return req.format == "Native" && req.stmt.format == "" && strings.TrimSpace(string(req.stmt.sql)) == question
}

// sayHello answers it. The client reads this one answer in its own revision and
// every later one in the revision that it is told; libchdb always writes Native
// of revision 0, so 0 is what it is told.
func (s *Server) sayHello(answer *answer, clientRevision string) error {
	revision, _ := strconv.Atoi(clientRevision)
	var block []byte
	if revision >= revisionBlockInfo {
		block = append(block, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	block = append(block, 4, 1) // columns, rows
	column := func(name, kind string, value []byte) {
		block = appendString(appendString(block, name), kind)
		if revision >= revisionSerialization {
			block = append(block, 0)
		}
		block = append(block, value...)
	}
	column("displayName()", "String", appendString(nil, "turnout"))
	column("version()", "String", appendString(nil, s.version))
	column("revision()", "UInt32", []byte{0, 0, 0, 0})
	column("timezone()", "String", appendString(nil, "UTC"))
	if err := answer.write(block); err != nil {
		return err
	}
	return answer.end()
}

// emptyBlock is a block of no rows that tells the columns of a SELECT: libchdb
// writes nothing at all, and a client could not name the columns of an empty
// answer. It is nothing when the columns cannot be told.
func emptyBlock(conn *chdb.Conn, req *request) []byte {
	describe := "DESCRIBE TABLE (" + strings.TrimRight(string(req.stmt.sql), "; \t\r\n") + "\n) SETTINGS describe_compact_output = 1"
	columns, err := conn.Query([]byte(describe), "RowBinary", req.params...)
	if err != nil {
		return nil
	}
	var count uint64
	for at := 0; at < len(columns.Data); count++ {
		for range 2 { // name and type
			length, n := binary.Uvarint(columns.Data[at:])
			if n <= 0 || length > uint64(len(columns.Data)-at-n) {
				return nil
			}
			at += n + int(length)
		}
	}
	return append(append(binary.AppendUvarint(nil, count), 0), columns.Data...)
}

func appendString(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}
