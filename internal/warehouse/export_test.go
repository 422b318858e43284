package warehouse

// ThroughDriver has events stored by the driver, as into a server that is spoken to in the native protocol.
func (db *DB) ThroughDriver() { db.carries = false }
