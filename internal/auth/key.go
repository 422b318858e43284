package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"
)

// Key is what the key file knows of one key. The key itself is nowhere in it.
type Key struct {
	ID string `json:"id"`
	// Tenant is the only community the key may touch; empty means all.
	Tenant string  `json:"tenant,omitempty"`
	Scopes []Scope `json:"scopes"`
	// Hash is the SHA-256 of the whole key text, in hexadecimal.
	Hash    string    `json:"hash"`
	Created time.Time `json:"created"`
	// Revoked is when the key stopped being valid; zero while it is.
	Revoked time.Time `json:"revoked,omitzero"`
}

func (k *Key) identity() Identity {
	return Identity{KeyID: k.ID, Tenant: k.Tenant, Scopes: k.Scopes}
}

// matches compares in constant time, so that answers do not tell how much was right.
func (k *Key) matches(secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(k.Hash)) == 1
}

const (
	keyPrefix   = "tk_"
	idBytes     = 5  // 8 characters: readable in a list, unique enough to check for
	secretBytes = 20 // 160 bits
)

// mint makes a new key text tk_<id>_<secret> and what is stored of it.
func mint(tenant string, scopes []Scope, now time.Time) (string, Key) {
	id := randomText(idBytes)
	text := keyPrefix + id + "_" + randomText(secretBytes)
	sum := sha256.Sum256([]byte(text))
	return text, Key{
		ID: id, Tenant: tenant, Scopes: scopes,
		Hash: hex.EncodeToString(sum[:]), Created: now.UTC().Truncate(time.Second),
	}
}

// randomText has only letters and digits, so that a double click selects the whole key.
func randomText(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: the runtime aborts the program instead
	return strings.ToLower(base32.StdEncoding.EncodeToString(raw))
}

// keyID is the id within a key text; empty when the text has another form.
func keyID(text string) string {
	rest, found := strings.CutPrefix(text, keyPrefix)
	if !found {
		return ""
	}
	id, secret, found := strings.Cut(rest, "_")
	if !found || secret == "" {
		return ""
	}
	return id
}
