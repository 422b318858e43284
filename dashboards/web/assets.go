package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

// dist holds what `npm run build` wrote; only .gitkeep when the page was not built.
//
//go:embed all:dist
var dist embed.FS

const (
	indexName = "index.html"
	gzipExt   = ".gz"
	// hashedDir is where the build puts files whose name carries a hash of their content.
	hashedDir = "assets/"
)

// asset is one file, ready to be sent.
type asset struct {
	contentType string
	cache       string
	plain       variant
	gzip        *variant // nil when the build left no smaller file beside it
}

// variant is one encoding of an asset; every encoding has an ETag of its own.
type variant struct {
	body []byte
	etag string
}

// loadAssets reads every file of fsys into memory, by its URL path without the leading slash.
func loadAssets(fsys fs.FS) (map[string]*asset, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read asset %s: %w", name, err)
		}
		files[name] = body
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walk assets: %w", err)
	}
	assets := map[string]*asset{}
	for name, body := range files {
		if strings.HasSuffix(name, gzipExt) {
			continue
		}
		a := &asset{contentType: contentType(name), cache: cacheControl(name), plain: newVariant(body)}
		if packed, ok := files[name+gzipExt]; ok {
			v := newVariant(packed)
			a.gzip = &v
		}
		assets[name] = a
	}
	return assets, nil
}

func newVariant(body []byte) variant {
	sum := sha256.Sum256(body)
	return variant{body: body, etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// cacheControl lets browsers keep what carries its hash in its name for a year; all else is asked for again and answered by ETag.
func cacheControl(name string) string {
	if strings.HasPrefix(name, hashedDir) {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// contentType does not depend on the machine's MIME tables for the types that matter.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".webmanifest":
		return "application/json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}
