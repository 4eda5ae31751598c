/**
 * What an applicant typed, by field id. Text as typed; a choice, number, money or date as text; yes/no and consent as
 * true or false; tags as a list; a table as rows of text; files are not here but in `attachments`.
 */
export type Answer = string | boolean | string[] | Row[] | null
export type Row = Record<string, string>
export type Answers = Record<string, Answer>
