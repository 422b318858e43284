package natsauth

import (
	"github.com/nats-io/nats-server/v2/server"

	"github.com/turnout/turnout/internal/auth"
)

// permissions translates scopes into subjects. A key without publish scope publishes
// nothing, one without read scope subscribes to nothing but replies.
//
// They hold within the tenant's account, which sees nothing else of the pipeline.
// Publishing to JetStream needs no JetStream API: the acknowledgement comes to the
// reply subject, below _INBOX. by every client library's default.
func permissions(id auth.Identity) *server.Permissions {
	if id.Tenant == "" && id.Can(auth.Admin) {
		// No list of what is allowed means all, and is not looked at for every message.
		everything := &server.SubjectPermission{Deny: []string{"$SYS.>"}}
		return &server.Permissions{Publish: everything, Subscribe: everything}
	}
	tenant := id.Tenant
	if tenant == "" {
		tenant = "*"
	}
	publish, subscribe := nothing(), &server.SubjectPermission{Allow: []string{"_INBOX.>"}}
	if id.Can(auth.Publish) {
		publish = &server.SubjectPermission{Allow: []string{"turnout.events." + tenant + ".>", "turnout.packs." + tenant}}
		if id.Tenant == "" {
			publish.Allow = append(publish.Allow, "turnout.packs")
		}
	}
	if id.Can(auth.Read) {
		subscribe.Allow = append(subscribe.Allow, "turnout.stored."+tenant)
	}
	return &server.Permissions{Publish: publish, Subscribe: subscribe}
}

// nothing is spelled as a denial: an empty list of allowed subjects would mean all.
func nothing() *server.SubjectPermission { return &server.SubjectPermission{Deny: []string{">"}} }
