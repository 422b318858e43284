package gateway

import (
	"math"
	"net/http"
	"strconv"
)

const allowedMethods = "OPTIONS, POST"

// handshake answers the validation request of CloudEvents' HTTP 1.1 Web Hooks:
// whoever asks may deliver, at the rate that is allowed to everybody.
func (g *Gateway) handshake(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Allow", allowedMethods)
	header.Set("Accept-Post", acceptedMedia)
	if origin := r.Header.Get("Webhook-Request-Origin"); origin != "" {
		header.Set("Webhook-Allowed-Origin", origin)
		header.Set("Webhook-Allowed-Rate", g.allowedRate(r.Header.Get("Webhook-Request-Rate")))
	}
	w.WriteHeader(http.StatusOK)
}

// allowedRate is in requests a minute; "*" is without limit. Events, not
// requests, are counted, so a request of one event is assumed.
func (g *Gateway) allowedRate(requested string) string {
	perMinute := g.rates.perMinute()
	asked, err := strconv.Atoi(requested)
	switch {
	case math.IsInf(perMinute, 1) && (err != nil || asked <= 0):
		return "*"
	case err == nil && asked > 0 && float64(asked) <= perMinute:
		return requested
	default:
		return strconv.Itoa(max(1, int(perMinute)))
	}
}
