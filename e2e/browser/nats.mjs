// Publishes straight to NATS, as a system does that the gateway does not see: what is wrong becomes a dead letter.
import { connect } from 'node:net'

/** Sends messages, each a subject and a text, and waits until the server has read them. `address` is nats://HOST:PORT. */
export function publish(address, messages) {
  const { hostname, port } = new URL(address)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('data', (text) => {
      if (text.includes('-ERR')) reject(new Error(text))
      if (text.includes('PONG')) socket.end(resolve)
    })
    const sent = messages.map(([subject, text]) => `PUB ${subject} ${Buffer.byteLength(text)}\r\n${text}\r\n`)
    socket.write(`CONNECT {"verbose":false}\r\n${sent.join('')}PING\r\n`)
  })
}
