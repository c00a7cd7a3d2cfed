import { toBinary, type DescFile, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** The serialised `FileDescriptorProto`s of a service's file and of all it imports, imported ones first: for reflection. */
export function fileDescriptors(desc: Pick<DescService, 'file'>): Uint8Array[] {
  const files = new Set<DescFile>();
  const visit = (file: DescFile): void => {
    file.dependencies.forEach(visit);
    files.add(file);
  };
  visit(desc.file);
  return [...files].map((file) => toBinary(FileDescriptorProtoSchema, file.proto));
}
