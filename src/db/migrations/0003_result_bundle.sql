CREATE TABLE "bundle_labels" (
	"ranking_id" uuid PRIMARY KEY NOT NULL,
	"labels" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "bundle" jsonb;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "bundle_digest" text;--> statement-breakpoint
ALTER TABLE "publications" ADD COLUMN "ranking_id" uuid;--> statement-breakpoint
ALTER TABLE "bundle_labels" ADD CONSTRAINT "bundle_labels_ranking_id_rankings_id_fk" FOREIGN KEY ("ranking_id") REFERENCES "public"."rankings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publications" ADD CONSTRAINT "publications_ranking_id_rankings_id_fk" FOREIGN KEY ("ranking_id") REFERENCES "public"."rankings"("id") ON DELETE no action ON UPDATE no action;