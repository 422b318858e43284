package erasures

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/turnout/turnout/schemas"
)

// Suppression is an entry of the list as people see it.
type Suppression struct {
	Tenant     string     `json:"tenant"`
	Hash       string     `json:"person_hash"`
	Request    string     `json:"request_id"`
	Policy     string     `json:"policy"`
	Since      time.Time  `json:"since"`
	Lifted     *time.Time `json:"lifted,omitempty"`
	LiftReason string     `json:"lift_reason,omitempty"`
}

func parseHash(text string) (Hash, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != hashBytes {
		return Hash{}, errors.New("it names no hash")
	}
	return Hash(raw), nil
}

// Holds reports whether the person is on the list, as of the last Refresh.
func (s *Store) Holds(tenant, person string) bool { return s.Current().Holds(tenant, person) }

// Hash is the person's hash, in hexadecimal digits, as receipts and the list show it.
func (s *Store) Hash(tenant, person string) string { return s.Current().Hash(tenant, person).String() }

// Suppress puts persons of a community on the list. Who is there already stays as they are; who was lifted is put on it again.
func (s *Store) Suppress(ctx context.Context, tenant, request, policy string, persons ...string) error {
	list, err := s.Refresh(ctx)
	if err != nil {
		return err
	}
	value, err := json.Marshal(entry{Request: request, Policy: policy, Since: time.Now().UTC().Truncate(time.Millisecond)})
	if err != nil {
		return fmt.Errorf("encode an entry of the list of erased persons: %w", err)
	}
	for _, person := range persons {
		hash := list.Hash(tenant, person)
		if known, there := list.tenants[tenant][hash]; there && known.Lifted == nil {
			continue
		}
		if _, err := s.suppressed.Put(ctx, entryKey(tenant, hash), value); err != nil {
			return fmt.Errorf("put a person on the list of erased persons: %w", err)
		}
	}
	_, err = s.Refresh(ctx)
	return err
}

// Lift lets a person come back: what is published of them from now on is stored. The entry stays, with the reason. False when the person
// was not on the list.
func (s *Store) Lift(ctx context.Context, tenant, person, reason string) (bool, error) {
	list, err := s.Refresh(ctx)
	if err != nil {
		return false, err
	}
	hash := list.Hash(tenant, person)
	lifted, there := list.tenants[tenant][hash]
	if !there || lifted.Lifted != nil {
		return false, nil
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	lifted.Lifted, lifted.LiftReason = &now, reason
	value, err := json.Marshal(lifted)
	if err != nil {
		return false, fmt.Errorf("encode an entry of the list of erased persons: %w", err)
	}
	if _, err := s.suppressed.Put(ctx, entryKey(tenant, hash), value); err != nil {
		return false, fmt.Errorf("lift a person from the list of erased persons: %w", err)
	}
	_, err = s.Refresh(ctx)
	return true, err
}

// Suppressed lists who is on the list of a community ("" for all), those included who were lifted; oldest first.
func (s *Store) Suppressed(ctx context.Context, tenant string) ([]Suppression, error) {
	list, err := s.Refresh(ctx)
	if err != nil {
		return nil, err
	}
	var all []Suppression
	for name, entries := range list.tenants {
		if tenant != "" && name != tenant {
			continue
		}
		for hash, e := range entries {
			all = append(all, Suppression{
				Tenant: name, Hash: hash.String(), Request: e.Request, Policy: e.Policy, Since: e.Since, Lifted: e.Lifted, LiftReason: e.LiftReason,
			})
		}
	}
	slices.SortFunc(all, func(a, b Suppression) int {
		if order := a.Since.Compare(b.Since); order != 0 {
			return order
		}
		return strings.Compare(a.Tenant+a.Hash, b.Tenant+b.Hash)
	})
	return all, nil
}

// line is an entry of the bucket in a file.
type line struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// Dump writes the list, one JSON object a line, its secret first: with it a backup that was taken before an erasure can be restored
// without the erased. Whoever has the file can test whether an id is on the list.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	list, err := s.Refresh(ctx)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	secret, err := json.Marshal(string(encodeSecret(list.secret)))
	if err != nil {
		return fmt.Errorf("encode the secret: %w", err)
	}
	if err := encoder.Encode(line{secretKey, secret}); err != nil {
		return fmt.Errorf("write the list of erased persons: %w", err)
	}
	for tenant, entries := range list.tenants {
		for hash, e := range entries {
			value, err := json.Marshal(e)
			if err != nil {
				return fmt.Errorf("encode an entry of the list of erased persons: %w", err)
			}
			if err := encoder.Encode(line{entryKey(tenant, hash), value}); err != nil {
				return fmt.Errorf("write the list of erased persons: %w", err)
			}
		}
	}
	return nil
}

// ErrOtherSecret says that two lists cannot be united: their hashes were made with different secrets, and both have entries.
var ErrOtherSecret = errors.New("the list in the file was made with another secret than the list that is here")

// Load adds the entries that Dump wrote and tells how many were new. Nothing that is here is taken away.
func (s *Store) Load(ctx context.Context, r io.Reader) (int, error) {
	list, err := s.Refresh(ctx)
	if err != nil {
		return 0, err
	}
	added := 0
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var read line
		if err := json.Unmarshal(lines.Bytes(), &read); err != nil {
			return added, fmt.Errorf("read the list of erased persons: %w", err)
		}
		if read.Key == secretKey {
			if list, err = s.adopt(ctx, list, read.Value); err != nil {
				return added, err
			}
			continue
		}
		isNew, err := s.add(ctx, list, read)
		if err != nil {
			return added, err
		}
		if isNew {
			added++
		}
	}
	if err := lines.Err(); err != nil {
		return added, fmt.Errorf("read the list of erased persons: %w", err)
	}
	_, err = s.Refresh(ctx)
	return added, err
}

// adopt takes over the secret of a file, as long as no entry depends on the one that is here.
func (s *Store) adopt(ctx context.Context, list *Snapshot, value json.RawMessage) (*Snapshot, error) {
	var secret string
	if err := json.Unmarshal(value, &secret); err != nil {
		return nil, fmt.Errorf("read the secret of the list of erased persons: %w", err)
	}
	if secret == string(encodeSecret(list.secret)) {
		return list, nil
	}
	for _, entries := range list.tenants {
		if len(entries) > 0 {
			return nil, ErrOtherSecret
		}
	}
	if _, err := s.suppressed.Put(ctx, secretKey, []byte(secret)); err != nil {
		return nil, fmt.Errorf("keep the secret of the list of erased persons: %w", err)
	}
	return s.Refresh(ctx)
}

func (s *Store) add(ctx context.Context, list *Snapshot, read line) (bool, error) {
	tenant, text, _ := strings.Cut(read.Key, ".")
	hash, err := parseHash(text)
	var e entry
	if err == nil {
		err = json.Unmarshal(read.Value, &e)
	}
	if err != nil || !schemas.ValidTenant(tenant) {
		return false, fmt.Errorf("read the list of erased persons: %q is no entry", read.Key)
	}
	if _, there := list.tenants[tenant][hash]; there {
		return false, nil
	}
	if _, err := s.suppressed.Create(ctx, read.Key, read.Value); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return false, fmt.Errorf("keep an entry of the list of erased persons: %w", err)
	}
	return true, nil
}
