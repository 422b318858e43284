package erasure_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/turnout/turnout/consumers/consumerstest"
	"github.com/turnout/turnout/internal/stream"
)

// filesWith lists the files below a folder in which the text stands.
func filesWith(t *testing.T, root, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) || err == nil && !entry.Type().IsRegular() {
			return nil // files come and go
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if bytes.Contains(content, []byte(text)) {
			found = append(found, strings.TrimPrefix(path, root))
		}
		return err
	})
	consumerstest.Must(t, err)
	return found
}

// The bytes themselves: nothing of the person is in any file of the stream, and in no file of the warehouse but those of replaced parts,
// which the server removes when they are old_parts_lifetime old. (Waited for by hand, with a lifetime of a second: the files are gone at
// the next clean-up, within 30 s.) So that bytes can be looked for, the tables keep them uncompressed here.
func TestNothingOfThePersonIsLeftOnDisk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, table := range []string{"events", "facts"} {
		for _, column := range []string{"data", "person", "key", "id", "subject"} {
			consumerstest.Must(t, h.DB.Conn().Exec(t.Context(), "ALTER TABLE "+table+" MODIFY COLUMN "+column+" String CODEC(NONE)"))
		}
	}
	disk := h.Ask("SELECT path FROM system.disks WHERE name = 'default'")
	const person, alias = "person-7f3a9c51", "person-2b81d0e4"
	h.consume()
	h.Pack(events(t, registered("acme", "r1", person, ""), attendance("acme", "a-"+person, "g1", person), attendance("acme", "a2", "g1", "p-2"), registered("acme", "r2", "p-2", `,"invited_by":"`+person+`"`))...)
	h.Publish(events(t, attendance("acme", "a3", "g2", alias), `acme member.merged m1 {"from_id":"`+alias+`","into_id":"`+person+`","evidence":"email"}`)...)
	bad := `{"specversion":"1.0","id":"bad","source":"test","data":{"person_id":"` + person + `"}}`
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), stream.MediaStructured, []byte(bad))
	letter := strings.Replace(bad, "bad", "discarded", 1)
	h.Raw(stream.EventSubject("acme", "attendance.recorded.v1"), stream.MediaStructured, []byte(letter))
	h.Drained()
	discarded, err := h.Letters.List(t.Context(), "", 10, 0)
	consumerstest.Must(t, err)
	consumerstest.Must(t, h.Letters.Discard(t.Context(), discarded[1].ID)) // its bytes must not stay either
	h.request("acme", person, "er-1")
	h.Drained()
	for _, id := range []string{person, alias} {
		if len(filesWith(t, h.dir, id)) == 0 || len(filesWith(t, disk, id)) == 0 {
			t.Fatalf("%s is not found where it must be: the search does not work", id)
		}
	}
	h.erase()
	for _, id := range []string{person, alias} {
		consumerstest.Eventually(t, id+" is gone from the stream's files", func() bool { return len(filesWith(t, h.dir, id)) == 0 })
		for _, file := range filesWith(t, disk, id) {
			part := disk + file[:strings.LastIndex(file, "/")+1]
			h.Expect("SELECT count() FROM system.parts WHERE path = '"+part+"' AND NOT active", "1")
		}
	}
	h.Expect("SELECT groupArray(person_id) FROM attendance", "['p-2']")
}
