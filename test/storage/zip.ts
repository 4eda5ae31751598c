import { crc32, deflateRawSync } from 'node:zlib'

export type Part = {
  name: string
  content: Buffer | string
  /** Marks the part as encrypted, without encrypting it. */
  locked?: boolean
  /** What the ZIP says of the unpacked size, where that is a lie. */
  claims?: number
}

/** A ZIP as office programs write it, or as somebody who means harm would. */
export function aZip(parts: Part[]): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, locked, claims } of parts) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE((locked ? 1 : 0) | 0x800, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(claims ?? bytes.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), packed])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), common, rest, Buffer.from(name)]))
    files.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 0, 'latin1')
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, central, end])
}

const MAIN = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'
} as const

export const anOfficeFile = (kind: keyof typeof MAIN, more: Part[] = []) =>
  aZip([
    {
      name: '[Content_Types].xml',
      content: `<Types><Override PartName="/main.xml" ContentType="${MAIN[kind]}"/></Types>`
    },
    { name: 'main.xml', content: '<main/>' },
    ...more
  ])

export const anOpenDocument = (kind: 'text' | 'spreadsheet', more: Part[] = []) =>
  aZip([
    { name: 'mimetype', content: `application/vnd.oasis.opendocument.${kind}` },
    { name: 'content.xml', content: '<office:document-content/>' },
    ...more
  ])
