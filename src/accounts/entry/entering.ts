/** Accounts of the example that a demonstration offers by one click, in this order. The site shows those that exist. */
export const DEMONSTRATION = [
  { email: 'maria.zervou@openshelf.example.org', is: 'organiser' },
  { email: 'plamen.kostov@learning-centres.example.org', is: 'organiser' },
  { email: 'helpdesk@openshelf.example.org', is: 'organiser' },
  { email: 'elira.hoxha@library.example.org', is: 'applicant' },
  { email: 'valon.gashi@jury.example.org', is: 'juror' },
  { email: 'gregor.vidmar@jury.example.org', is: 'chair' }
] as const

type Where = { demo: boolean; loopback: boolean; trustedProxies: number; baseUrl: string }

const HERE = /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/
const PASSED_ON = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * Whether accounts may be entered by one click: only where nobody but whoever sits at this computer can come. A public
 * address, a proxy that we know of, or one that shows in the request's headers means that others can.
 */
export function offersDemonstration(
  { demo, loopback, trustedProxies, baseUrl }: Where,
  { host, headers }: { host: string; headers: Record<string, unknown> }
): boolean {
  return (
    demo &&
    loopback &&
    trustedProxies === 0 &&
    HERE.test(baseUrl) &&
    HERE.test(`http://${host}`) &&
    PASSED_ON.every(name => headers[name] === undefined)
  )
}
